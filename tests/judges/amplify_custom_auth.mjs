// AWS Amplify v6 where the pool's functions ask: alone (CUSTOM_WITHOUT_SRP), and after the password (CUSTOM_WITH_SRP).
import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchAuthSession, signIn, signOut } from "aws-amplify/auth";
import { assert, errorOf, given } from "./judge.mjs";

Amplify.configure({
  Auth: { Cognito: { userPoolId: given.poolId, userPoolClientId: given.clientId, userPoolEndpoint: given.url } },
});

async function answer(options, asked) {
  const begun = await signIn({ username: given.username, ...options });
  assert.equal(begun.isSignedIn, false);
  assert.equal(begun.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
  assert.equal(begun.nextStep.additionalInfo.question, asked);
  // Wrong once: the functions forgive it.
  const again = await confirmSignIn({ challengeResponse: "no" });
  assert.equal(again.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
  const done = await confirmSignIn({ challengeResponse: "blue", options: { clientMetadata: { from: "amplify" } } });
  assert.deepEqual(done, { isSignedIn: true, nextStep: { signInStep: "DONE" } });
  const { tokens } = await fetchAuthSession();
  assert.equal(tokens.idToken.payload["cognito:username"], given.username);
  await signOut();
}

await answer({ options: { authFlowType: "CUSTOM_WITHOUT_SRP" } }, "colour after 0");
await answer({ password: given.password, options: { authFlowType: "CUSTOM_WITH_SRP" } }, "colour after 2");
const wrong = await errorOf(
  signIn({ username: given.username, password: "Wr0ngword!", options: { authFlowType: "CUSTOM_WITH_SRP" } }));
assert.equal(wrong.name, "NotAuthorizedException");
