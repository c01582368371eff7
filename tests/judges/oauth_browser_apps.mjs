// Apps that run in the browser: oidc-client-ts, Amplify v6 with hosted pages, and React with react-oidc-context. Sign-in, silent renewal, sign-out.
import { build } from "esbuild";
import { assert, claims, given } from "./judge.mjs";
import { browser, freshBrowser, serveApp, typeSignIn } from "./browser/chromium.mjs";

const bundled = async (name) =>
  (await build({
    entryPoints: [new URL(`./browser/${name}`, import.meta.url).pathname], bundle: true, write: false, format: "iife",
    platform: "browser", jsx: "automatic", define: { global: "globalThis", "process.env.NODE_ENV": '"production"' }, logLevel: "error",
  })).outputFiles[0].text;

const scripts = { "oidc_client_ts.js": await bundled("oidc_client_ts.mjs"), "amplify.js": await bundled("amplify.mjs"),
  "react_oidc_context.js": await bundled("react_oidc_context.jsx") };
const app = await serveApp(scripts);
const userInfo = async (token) =>
  (await fetch(`${given.url}/${given.poolId}/oauth2/userInfo`, { headers: { Authorization: `Bearer ${token}` } })).status;

// A page of the app, which finds its settings in a cookie.
async function open(name, config) {
  const context = await freshBrowser();
  await context.addCookies([{ name: "config", value: encodeURIComponent(JSON.stringify(config)), url: `${given.app}/${name}/` }]);
  const page = await context.newPage();
  await page.goto(`${given.app}/${name}/home`);
  return { context, page };
}

async function withOidcClientTs() {
  const { context, page } = await open("oidc_client_ts", {
    authority: `${given.url}/${given.poolId}`, client_id: given.publicClientId, scope: "openid email",
    redirect_uri: `${given.app}/oidc_client_ts/callback`, silent_redirect_uri: `${given.app}/oidc_client_ts/silent`,
    post_logout_redirect_uri: `${given.app}/oidc_client_ts/bye`,
  });
  const start = () => page.evaluate(() => void window.app.signIn());
  await start();
  await typeSignIn(page);
  await page.waitForURL(`${given.app}/oidc_client_ts/callback**`);
  const user = await page.evaluate(() => window.app.callback());
  assert.equal(user.profile.email, "ada@example.com");

  const renewed = await page.evaluate(() => window.app.renew());
  assert.equal(claims(renewed.access_token).origin_jti, claims(user.access_token).origin_jti);
  // A hidden frame of the same site is told of the browser's session, without a page.
  const framed = await page.evaluate(() => window.app.renewInFrame());
  assert.equal(framed.profile.sub, user.profile.sub);
  assert.notEqual(claims(framed.access_token).origin_jti, claims(user.access_token).origin_jti);
  assert.equal(await userInfo(framed.access_token), 200);

  await page.evaluate(() => void window.app.signOut());
  await page.waitForURL(`${given.app}/oidc_client_ts/bye**`);
  assert.equal(await userInfo(user.access_token), 401);
  assert.equal(await userInfo(framed.access_token), 401);
  await page.goto(`${given.app}/oidc_client_ts/home`);
  assert.equal(await page.evaluate(() => window.app.user()), undefined);
  // Nobody is signed in again without being asked.
  await start();
  await page.waitForSelector("#password");
  assert.deepEqual(context.foreign, []);
  await context.close();
}

async function withAmplify() {
  const host = new URL(given.url).host;
  const { context, page } = await open("amplify", {
    userPoolId: given.poolId, userPoolClientId: given.publicClientId, userPoolEndpoint: given.url,
    loginWith: { oauth: {
      domain: host, scopes: ["openid", "email", "aws.cognito.signin.user.admin"], responseType: "code",
      redirectSignIn: [`${given.app}/amplify/home`], redirectSignOut: [`${given.app}/amplify/bye`],
    } },
  });
  await page.evaluate(() => void window.app.signIn());
  await typeSignIn(page);
  await page.waitForURL(`${given.app}/amplify/home**`);
  await page.waitForFunction(() => window.events?.includes("signedIn"));
  assert.equal((await page.evaluate(() => window.app.user())).username, given.username);
  const first = await page.evaluate(() => window.app.tokens(false));
  const second = await page.evaluate(() => window.app.tokens(true));
  assert.notEqual(second.access, first.access);
  assert.equal(claims(second.access).origin_jti, claims(first.access).origin_jti);
  assert.equal(claims(second.id).email, "ada@example.com");

  await page.evaluate(() => void window.app.signOut());
  await page.waitForURL(`${given.app}/amplify/bye**`);
  assert.equal(await userInfo(second.access), 401);
  await page.goto(`${given.app}/amplify/home`);
  assert.equal(await page.evaluate(() => window.app.tokens(false)), undefined);
  await page.evaluate(() => void window.app.signIn());
  await page.waitForSelector("#password");
  assert.deepEqual(context.foreign, []);
  await context.close();
}

async function withReact() {
  const { context, page } = await open("react_oidc_context", {
    issuer: `${given.url}/${given.poolId}`, clientId: given.publicClientId, redirectUri: `${given.app}/react_oidc_context/home`,
    logoutUri: `${given.app}/react_oidc_context/bye`,
  });
  await page.click("#sign-in");
  await typeSignIn(page);
  assert.equal(await page.textContent("#who"), "ada@example.com");
  const first = await page.textContent("#token");
  await page.click("#renew");
  await page.waitForFunction((old) => ![null, old].includes(document.querySelector("#token")?.textContent ?? null), first);
  const second = await page.textContent("#token");
  assert.equal(claims(second).origin_jti, claims(first).origin_jti);

  await page.click("#sign-out");
  await page.waitForURL(`${given.app}/react_oidc_context/bye**`);
  assert.equal(await userInfo(second), 401);
  await page.goto(`${given.app}/react_oidc_context/home`);
  await page.click("#sign-in");
  await page.waitForSelector("#password");
  assert.deepEqual(context.foreign, []);
  await context.close();
}

await withOidcClientTs();
await withAmplify();
await withReact();
app.close();
await browser.close();
