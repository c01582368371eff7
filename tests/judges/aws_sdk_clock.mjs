// AWS SDK for JavaScript v3, against a server whose clock is 20 minutes ahead: it learns the time from the answer's Date.
import { CognitoIdentityProviderClient, ListUserPoolsCommand } from "@aws-sdk/client-cognito-identity-provider";
import { assert, given } from "./judge.mjs";

const client = new CognitoIdentityProviderClient({
  endpoint: given.url, region: "eu-west-1",
  credentials: { accessKeyId: given.accessKeyId, secretAccessKey: given.secretAccessKey },
});

const answer = await client.send(new ListUserPoolsCommand({ MaxResults: 1 }));
assert.deepEqual(answer.UserPools, []);
assert.ok(Math.abs(client.config.systemClockOffset - 20 * 60 * 1000) < 60 * 1000);
