// aws-jwt-verify: AWS's own verifier of Cognito's tokens. Run on a server that has Cognito's issuer, and on one that has its
// own, over TLS.
import { CognitoJwtVerifier, JwtVerifier } from "aws-jwt-verify";
import { assert, errorOf, given } from "./judge.mjs";

const tampered = (token) => {
  const [header, payload, signature] = token.split(".");
  return [header, payload, (signature[0] === "A" ? "B" : "A") + signature.slice(1)].join(".");
};

if (given.issuerStyle === "aws") {
  const keys = await (await fetch(`${given.url}/${given.poolId}/.well-known/jwks.json`)).json();
  const verifier = (tokenUse, clientId = given.clientId) => {
    const made = CognitoJwtVerifier.create({ userPoolId: given.poolId, tokenUse, clientId });
    made.cacheJwks(keys);
    return made;
  };
  const access = await verifier("access").verify(given.accessToken);
  assert.equal(access.username, given.username);
  assert.equal(access.iss, `https://cognito-idp.us-east-1.amazonaws.com/${given.poolId}`);
  const id = await verifier("id").verify(given.idToken);
  assert.equal(id["cognito:username"], given.username);
  assert.equal(id.aud, given.clientId);
  await errorOf(verifier("id").verify(given.accessToken));
  await errorOf(verifier("access", "another").verify(given.accessToken));
  await errorOf(verifier("access").verify(tampered(given.accessToken)));
} else {
  const verifier = JwtVerifier.create({
    issuer: given.issuer, audience: null, jwksUri: given.jwksUri,
    customJwtCheck: ({ payload }) => assert.equal(payload.client_id, given.clientId),
  });
  assert.equal((await verifier.verify(given.accessToken)).username, given.username);
  await errorOf(verifier.verify(tampered(given.accessToken)));
  const other = JwtVerifier.create({ issuer: given.issuer + "x", audience: null, jwksUri: given.jwksUri });
  await errorOf(other.verify(given.accessToken));
}
