// The app: Amplify v6 with Cognito's hosted pages, built for the browser. What it does is called from outside.
import { Amplify } from "aws-amplify";
import { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut } from "aws-amplify/auth";
import { Hub } from "aws-amplify/utils";
// Completes a sign-in at the redirect URI.
import "aws-amplify/auth/enable-oauth-listener";

window.events = [];
Hub.listen("auth", ({ payload }) => window.events.push(payload.event));
Amplify.configure({ Auth: { Cognito: JSON.parse(decodeURIComponent(document.cookie.match(/(?:^|; )config=([^;]*)/)[1])) } });
window.app = {
  signIn: () => signInWithRedirect(),
  user: () => getCurrentUser(),
  tokens: async (forceRefresh) => {
    const { tokens } = await fetchAuthSession({ forceRefresh });
    return tokens && { access: tokens.accessToken.toString(), id: tokens.idToken.toString() };
  },
  signOut: () => signOut(),
};
