// AWS Amplify v6. Signs in by SRP, as it does unless told otherwise.
import { Amplify } from "aws-amplify";
import {
  confirmSignIn, confirmSignUp, fetchAuthSession, fetchUserAttributes, getCurrentUser, signIn, signOut, signUp,
} from "aws-amplify/auth";
import { assert, errorOf, given } from "./judge.mjs";

Amplify.configure({
  Auth: { Cognito: { userPoolId: given.poolId, userPoolClientId: given.clientId, userPoolEndpoint: given.url } },
});

const signedUp = await signUp({
  username: "amplified", password: given.password, options: { userAttributes: { email: "amplified@example.com" } },
});
assert.equal(signedUp.nextStep.signUpStep, "CONFIRM_SIGN_UP");
assert.equal(signedUp.nextStep.codeDeliveryDetails.deliveryMedium, "EMAIL");
const mistyped = await errorOf(confirmSignUp({ username: "amplified", confirmationCode: "654321" }));
assert.equal(mistyped.name, "CodeMismatchException");
assert.equal((await confirmSignUp({ username: "amplified", confirmationCode: "123456" })).isSignUpComplete, true);

const wrong = await errorOf(signIn({ username: "amplified", password: "Wr0ngword!" }));
assert.equal(wrong.name, "NotAuthorizedException");
const signedIn = await signIn({ username: "amplified", password: given.password });
assert.deepEqual(signedIn, { isSignedIn: true, nextStep: { signInStep: "DONE" } });
assert.equal((await getCurrentUser()).username, "amplified");
assert.equal((await fetchUserAttributes()).email, "amplified@example.com");

const { tokens: first } = await fetchAuthSession();
const { tokens: second } = await fetchAuthSession({ forceRefresh: true });
assert.notEqual(second.accessToken.toString(), first.accessToken.toString());
assert.equal(second.accessToken.payload.origin_jti, first.accessToken.payload.origin_jti);
assert.equal(second.idToken.payload["cognito:username"], "amplified");

await signOut({ global: true });
assert.equal((await fetchAuthSession()).tokens, undefined);
const revoked = await fetch(given.url, {
  method: "POST",
  headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSCognitoIdentityProviderService.GetUser" },
  body: JSON.stringify({ AccessToken: second.accessToken.toString() }),
});
assert.equal(revoked.status, 400);
assert.equal((await revoked.json()).message, "Access Token has been revoked");

// A temporary password.
const challenged = await signIn({ username: given.temporaryUsername, password: given.temporaryPassword });
assert.equal(challenged.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
assert.equal((await confirmSignIn({ challengeResponse: "Perm4nent!word" })).isSignedIn, true);
await signOut();

// Refresh tokens that rotate: Amplify keeps the newest.
Amplify.configure({
  Auth: { Cognito: { userPoolId: given.poolId, userPoolClientId: given.rotatingClientId, userPoolEndpoint: given.url } },
});
await signIn({ username: "amplified", password: given.password });
for (let i = 0; i < 3; ++i) {
  assert.ok((await fetchAuthSession({ forceRefresh: true })).tokens, "each refresh uses the token of the one before");
}
await signOut();
