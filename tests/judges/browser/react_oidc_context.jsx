// The app: React with react-oidc-context, as Cognito's console shows it to somebody who makes an app client. What docs/guide/moving-from-cognito.md
// says to change in it is what differs here: `authority`, and the domain in signOutRedirect.
import { createRoot } from "react-dom/client";
import { AuthProvider, useAuth } from "react-oidc-context";

const config = JSON.parse(decodeURIComponent(document.cookie.match(/(?:^|; )config=([^;]*)/)[1]));

const authConfig = {
  authority: config.issuer,
  client_id: config.clientId,
  redirect_uri: config.redirectUri,
  response_type: "code",
  scope: "openid email",
};

function App() {
  const auth = useAuth();

  const signOutRedirect = () => {
    auth.removeUser();
    const parameters = new URLSearchParams({ client_id: config.clientId, logout_uri: config.logoutUri });
    window.location.href = `${config.issuer}/logout?${parameters}`;
  };

  if (auth.isLoading) return <p>Loading…</p>;
  if (auth.error) return <p role="alert">{auth.error.message}</p>;
  if (!auth.isAuthenticated) return <button id="sign-in" onClick={() => auth.signinRedirect()}>Sign in</button>;
  return (
    <main>
      <p id="who">{auth.user.profile.email}</p>
      <p id="token">{auth.user.access_token}</p>
      <button id="renew" onClick={() => auth.signinSilent()}>Renew</button>
      <button id="sign-out" onClick={signOutRedirect}>Sign out</button>
    </main>
  );
}

const withoutCode = () => history.replaceState({}, "", location.pathname);
addEventListener("DOMContentLoaded", () => {
  createRoot(document.body).render(<AuthProvider {...authConfig} onSigninCallback={withoutCode}><App /></AuthProvider>);
});
