// AWS SDK for JavaScript v3, with credentials that are verified.
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DescribeUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  NotAuthorizedException,
  RefreshTokenReuseException,
  RespondToAuthChallengeCommand,
  UserNotFoundException,
  paginateListUsers,
} from "@aws-sdk/client-cognito-identity-provider";
import { assert, claims, errorOf, given } from "./judge.mjs";

const client = new CognitoIdentityProviderClient({
  endpoint: given.url, region: "eu-west-1", maxAttempts: 1,
  credentials: { accessKeyId: given.accessKeyId, secretAccessKey: given.secretAccessKey },
});

const { UserPool: pool } = await client.send(new CreateUserPoolCommand({ PoolName: "judge" }));
assert.match(pool.Id, /^eu-west-1_[A-Za-z0-9]{9}$/);
assert.ok(pool.CreationDate instanceof Date);
const { UserPoolClient: app } = await client.send(new CreateUserPoolClientCommand({
  UserPoolId: pool.Id, ClientName: "judge", ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
  RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 0 },
}));
const described = await client.send(new DescribeUserPoolClientCommand({ UserPoolId: pool.Id, ClientId: app.ClientId }));
assert.deepEqual(described.UserPoolClient.RefreshTokenRotation, { Feature: "ENABLED", RetryGracePeriodSeconds: 0 });

for (const Username of ["ada", "bea", "cyd"]) {
  const { User: user } = await client.send(new AdminCreateUserCommand({
    UserPoolId: pool.Id, Username, MessageAction: "SUPPRESS", TemporaryPassword: "Temp0rary!",
    UserAttributes: [{ Name: "email", Value: `${Username}@example.com` }],
  }));
  assert.equal(user.UserStatus, "FORCE_CHANGE_PASSWORD");
}
const names = [];
for await (const page of paginateListUsers({ client, pageSize: 2 }, { UserPoolId: pool.Id })) {
  names.push(...page.Users.map((user) => user.Username));
}
assert.deepEqual(names.sort(), ["ada", "bea", "cyd"]);
const { Users: found } = await client.send(new ListUsersCommand({ UserPoolId: pool.Id, Filter: 'email ^= "bea@"' }));
assert.deepEqual(found.map((user) => user.Username), ["bea"]);

// The first sign-in, with a temporary password.
const begun = await client.send(new InitiateAuthCommand({
  ClientId: app.ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME: "ada", PASSWORD: "Temp0rary!" },
}));
assert.equal(begun.ChallengeName, "NEW_PASSWORD_REQUIRED");
const { AuthenticationResult: first } = await client.send(new RespondToAuthChallengeCommand({
  ClientId: app.ClientId, ChallengeName: begun.ChallengeName, Session: begun.Session,
  ChallengeResponses: { USERNAME: "ada", NEW_PASSWORD: given.password },
}));
assert.equal(claims(first.IdToken).email, "ada@example.com");
assert.equal(claims(first.AccessToken).client_id, app.ClientId);

// Refresh tokens that rotate.
const renew = (RefreshToken) => client.send(new GetTokensFromRefreshTokenCommand({ ClientId: app.ClientId, RefreshToken }));
const { AuthenticationResult: second } = await renew(first.RefreshToken);
assert.notEqual(second.RefreshToken, first.RefreshToken);
assert.equal(claims(second.AccessToken).origin_jti, claims(first.AccessToken).origin_jti);
assert.ok((await errorOf(renew(first.RefreshToken))) instanceof RefreshTokenReuseException);

// Errors are the SDK's classes.
const wrong = await errorOf(client.send(new InitiateAuthCommand({
  ClientId: app.ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME: "ada", PASSWORD: "Wr0ngword!" },
})));
assert.ok(wrong instanceof NotAuthorizedException);
assert.equal(wrong.message, "Incorrect username or password.");
assert.equal(wrong.$metadata.httpStatusCode, 400);
assert.match(wrong.$metadata.requestId, /^[0-9a-f-]{36}$/);
const nobody = await errorOf(client.send(new AdminSetUserPasswordCommand({
  UserPoolId: pool.Id, Username: "nobody", Password: given.password, Permanent: true,
})));
assert.ok(nobody instanceof UserNotFoundException);

await client.send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool.Id, Username: "ada" }));
const signedOut = await errorOf(client.send(new GetUserCommand({ AccessToken: second.AccessToken })));
assert.equal(signedOut.message, "Access Token has been revoked");
assert.ok((await errorOf(renew(second.RefreshToken))) instanceof NotAuthorizedException);

const unsigned = new CognitoIdentityProviderClient({
  endpoint: given.url, region: "eu-west-1", maxAttempts: 1,
  credentials: { accessKeyId: given.accessKeyId, secretAccessKey: "wrong" },
});
const refused = await errorOf(unsigned.send(new ListUsersCommand({ UserPoolId: pool.Id })));
assert.equal(refused.name, "InvalidSignatureException");
