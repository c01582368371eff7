// openid-client and oauth4webapi as relying parties, with a person in Chromium before them.
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { assert, claims, errorOf, given } from "./judge.mjs";
import { browser, freshBrowser, serveApp, typeSignIn } from "./browser/chromium.mjs";

const app = await serveApp({});
const issuer = `${given.url}/${given.poolId}`;
const callback = `${given.app}/callback`;

// Where the browser was sent back to.
async function visit(page, url, person) {
  const from = app.seen.length;
  await page.goto(url.href);
  if (person) await person(page);
  await page.waitForURL(`${given.app}/**`);
  const request = app.seen.slice(from).find((seen) => seen.url.pathname !== "/favicon.ico");
  const back = new URL(request.url);
  // In form_post mode the answer is the body.
  if (request.method === "POST") back.search = request.body;
  return back;
}

async function withOpenidClient() {
  const context = await freshBrowser();
  const page = await context.newPage();
  const config = await client.discovery(new URL(issuer), given.clientId, given.clientSecret);
  assert.equal(config.serverMetadata().issuer, issuer);
  const authorize = async (more, person) => {
    const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() };
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: callback, scope: "openid email", state: checks.expectedState, nonce: checks.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: "S256", ...more,
    });
    const back = await visit(page, url, person);
    return { back, tokens: () => client.authorizationCodeGrant(config, back, checks) };
  };

  const first = await authorize({}, (shown) => typeSignIn(shown));
  const tokens = await first.tokens();
  assert.equal(tokens.claims().aud, given.clientId);
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.email, "ada@example.com");
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(claims(refreshed.access_token).origin_jti, claims(tokens.access_token).origin_jti);

  // Single sign-on, and an answer in a form that is sent on.
  const again = await authorize({ prompt: "none", response_mode: "form_post" });
  assert.equal((await again.tokens()).claims().auth_time, tokens.claims().auth_time);

  // A code serves once. Its second use ends what it gave.
  const used = await errorOf(again.tokens());
  assert.equal(used.error, "invalid_grant");

  const out = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${given.app}/bye`, state: "s 1" });
  const bye = await visit(page, out);
  assert.equal(bye.pathname + bye.search, "/bye?state=s%201");
  assert.equal((await errorOf(client.fetchUserInfo(config, refreshed.access_token, tokens.claims().sub))).status, 401);
  const silent = await authorize({ prompt: "none" });
  assert.equal((await errorOf(silent.tokens())).error, "login_required");
  assert.deepEqual(context.foreign, []);
  await context.close();
}

async function withOauth4webapi() {
  const context = await freshBrowser();
  const page = await context.newPage();
  const server = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer)));
  const rp = { client_id: given.publicClientId };
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: rp.client_id, redirect_uri: callback, response_type: "code", scope: "openid email", state: "s", nonce: "n",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  const back = await visit(page, url, (shown) => typeSignIn(shown));
  // Another server's answer is told by `iss` (RFC 9207).
  assert.throws(() => oauth.validateAuthResponse({ ...server, issuer: "https://other.example" }, rp, back, "s"));
  const answer = oauth.validateAuthResponse(server, rp, back, "s");
  const redeem = (with_verifier) => oauth.authorizationCodeGrantRequest(server, rp, oauth.None(), answer, callback, with_verifier);
  // A wrong verifier consumes nothing.
  assert.equal((await redeem(oauth.generateRandomCodeVerifier())).status, 400);
  const response = await redeem(verifier);
  const tokens = await oauth.processAuthorizationCodeResponse(server, rp, response, { expectedNonce: "n", requireIdToken: true });
  await oauth.validateApplicationLevelSignature(server, response);
  const info = await oauth.processUserInfoResponse(
    server, rp, claims(tokens.id_token).sub, await oauth.userInfoRequest(server, rp, tokens.access_token));
  assert.equal(info.username, given.username);
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, rp, oauth.None(), tokens.refresh_token));
  assert.equal((await oauth.userInfoRequest(server, rp, tokens.access_token)).status, 401);
  await context.close();
}

// The client proves itself by its own key.
async function withPrivateKeyJwt() {
  const context = await freshBrowser();
  const page = await context.newPage();
  const key = await crypto.subtle.importKey("jwk", given.clientKey, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, false, ["sign"]);
  const config = await client.discovery(new URL(issuer), given.clientId, undefined, client.PrivateKeyJwt({ key, kid: given.clientKey.kid }));
  assert.ok(config.serverMetadata().token_endpoint_auth_methods_supported.includes("private_key_jwt"));
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback, scope: "openid email", code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  const back = await visit(page, url, (shown) => typeSignIn(shown));
  const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier, idTokenExpected: true });
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, { scope: "openid" });
  assert.equal(claims(refreshed.access_token).scope, "openid");
  await client.tokenRevocation(config, tokens.refresh_token);
  assert.equal((await errorOf(client.refreshTokenGrant(config, tokens.refresh_token))).error, "invalid_grant");
  const nobody = await client.discovery(new URL(issuer), given.clientId, undefined, client.None());
  assert.equal((await errorOf(client.refreshTokenGrant(nobody, tokens.refresh_token))).error, "invalid_client");
  await context.close();
}

await withOpenidClient();
await withPrivateKeyJwt();
await withOauth4webapi();
app.close();
await browser.close();
