// What the test gave: the server's url, a pool, a client, a user and its password.
import assert from "node:assert/strict";

export const given = JSON.parse(process.env.JUDGE);
export { assert };

// The claims of a JWT, unverified.
export const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

// The error that `promise` ends with.
export async function errorOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("it succeeded, and must not");
}
