// The app: oidc-client-ts, built for the browser. What it does is called from outside.
import { UserManager, WebStorageStateStore } from "oidc-client-ts";

const config = JSON.parse(document.cookie.match(/(?:^|; )config=([^;]*)/) ? decodeURIComponent(document.cookie.match(/(?:^|; )config=([^;]*)/)[1]) : "{}");
const manager = new UserManager({
  ...config, userStore: new WebStorageStateStore({ store: window.sessionStorage }), automaticSilentRenew: false, loadUserInfo: true,
  silentRequestTimeoutInSeconds: 10,
});
window.app = {
  signIn: () => manager.signinRedirect(),
  // At the redirect URI; in a hidden frame, too.
  callback: () => manager.signinCallback(),
  user: async () => (await manager.getUser()) ?? undefined,
  renew: () => manager.signinSilent(),
  renewInFrame: async () => {
    const user = await manager.getUser();
    await manager.storeUser(Object.assign(user, { refresh_token: undefined }));
    return manager.signinSilent();
  },
  signOut: () => manager.signoutRedirect(),
};
if (location.pathname === "/oidc_client_ts/silent") window.app.callback();
