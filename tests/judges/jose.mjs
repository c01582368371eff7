// jose: a verifier that knows nothing of Cognito, and finds the keys by OpenID Connect Discovery.
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { assert, errorOf, given } from "./judge.mjs";

const issuer = `${given.url}/${given.poolId}`;
const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
assert.equal(discovery.issuer, issuer);
const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
const verify = (token, options) => jwtVerify(token, keys, { issuer, algorithms: ["RS256"], ...options });

const id = await verify(given.idToken, { audience: given.clientId });
assert.equal(id.payload["cognito:username"], given.username);
assert.equal(id.protectedHeader.alg, "RS256");
assert.deepEqual(Object.keys(id.protectedHeader).sort(), ["alg", "kid"]);
const access = await verify(given.accessToken, { requiredClaims: ["client_id", "origin_jti", "event_id", "jti"] });
assert.equal(access.payload.token_use, "access");
assert.equal(access.payload.aud, undefined);

assert.ok((await errorOf(verify(given.idToken, { audience: "another" }))) instanceof errors.JWTClaimValidationFailed);
assert.ok((await errorOf(verify(given.idToken, { currentDate: new Date(Date.now() + 7200_000) }))) instanceof errors.JWTExpired);
const [header, payload] = given.idToken.split(".");
const forged = `${header}.${payload}.${given.accessToken.split(".")[2]}`;
assert.ok((await errorOf(verify(forged))) instanceof errors.JWSSignatureVerificationFailed);
