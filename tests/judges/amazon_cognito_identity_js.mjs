// amazon-cognito-identity-js: what Amplify was made of until its version 6. Signs in by SRP.
import { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } from "amazon-cognito-identity-js";
import { assert, errorOf, given } from "./judge.mjs";

const pool = new CognitoUserPool({ UserPoolId: given.poolId, ClientId: given.clientId, endpoint: given.url });
const userNamed = (Username) => new CognitoUser({ Username, Pool: pool });

// A callback of its node style, as a promise.
const call = (start) => new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result))));
const signIn = (user, Password, newPassword) => new Promise((onSuccess, onFailure) => {
  const callbacks = {
    onSuccess,
    onFailure,
    newPasswordRequired: () => (newPassword
      ? user.completeNewPasswordChallenge(newPassword, {}, callbacks)
      : onFailure(new Error("a new password is required"))),
  };
  user.authenticateUser(new AuthenticationDetails({ Username: user.getUsername(), Password }), callbacks);
});

// Sign-up, its code, the first sign-in.
const signedUp = await call((done) => pool.signUp("signed-up", given.password,
  [new CognitoUserAttribute({ Name: "email", Value: "new@example.com" })], null, done));
assert.equal(signedUp.userConfirmed, false);
assert.equal(signedUp.codeDeliveryDetails.Destination, "n***@e***");
const early = await errorOf(signIn(userNamed("signed-up"), given.password));
assert.equal(early.code ?? early.name, "UserNotConfirmedException");
assert.equal(await call((done) => signedUp.user.confirmRegistration("123456", true, done)), "SUCCESS");
const session = await signIn(userNamed("signed-up"), given.password);
assert.equal(session.getIdToken().payload.email, "new@example.com");
assert.equal(session.getIdToken().payload.email_verified, true);

// SRP, refresh, change of the password, sign-out.
const user = userNamed(given.username);
const signedIn = await signIn(user, given.password);
assert.ok(signedIn.isValid());
assert.equal(signedIn.getAccessToken().payload.username, given.username);
const wrong = await errorOf(signIn(userNamed(given.username), "Wr0ngword!"));
assert.equal(wrong.message, "Incorrect username or password.");

const refreshed = await call((done) => user.refreshSession(signedIn.getRefreshToken(), done));
assert.notEqual(refreshed.getAccessToken().getJwtToken(), signedIn.getAccessToken().getJwtToken());
assert.equal(refreshed.getAccessToken().payload.origin_jti, signedIn.getAccessToken().payload.origin_jti);

const attributes = await call((done) => user.getUserAttributes(done));
assert.ok(attributes.some((attribute) => attribute.getName() === "sub"));

assert.equal(await call((done) => user.changePassword(given.password, "Ch4nged!word", done)), "SUCCESS");
const old = await errorOf(signIn(userNamed(given.username), given.password));
assert.equal(old.message, "Incorrect username or password.");
const again = userNamed(given.username);
await signIn(again, "Ch4nged!word");

await new Promise((onSuccess, onFailure) => again.globalSignOut({ onSuccess, onFailure }));
const after = await errorOf(call((done) => user.refreshSession(refreshed.getRefreshToken(), done)));
assert.equal(after.message, "Refresh Token has been revoked");

// A temporary password.
const temporary = userNamed(given.temporaryUsername);
const renewed = await signIn(temporary, given.temporaryPassword, "Perm4nent!word");
assert.equal(renewed.getIdToken().payload["cognito:username"], given.temporaryUsername);
await signIn(userNamed(given.temporaryUsername), "Perm4nent!word");
