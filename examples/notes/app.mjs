// Notes: a small API whose users sign up and in with Amazon Cognito. Nothing in it knows of any other server.
import { createServer } from "node:http";
import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { JwtVerifier } from "aws-jwt-verify";

const { COGNITO_USER_POOL_ID: userPoolId, COGNITO_CLIENT_ID: ClientId, PORT = "3000" } = process.env;
const region = userPoolId.split("_")[0];
const cognito = new CognitoIdentityProviderClient({ region });
const verifier = JwtVerifier.create({
  issuer: process.env.COGNITO_ISSUER ?? `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
  audience: null, // an access token has none
  customJwtCheck: ({ payload }) => {
    if (payload.token_use !== "access" || payload.client_id !== ClientId) throw new Error("not an access token of this app");
  },
});
const notes = new Map(); // by the user's sub

const signedIn = ({ AuthenticationResult: result }) => ({
  accessToken: result.AccessToken, idToken: result.IdToken, refreshToken: result.RefreshToken, expiresIn: result.ExpiresIn,
});

const bearer = (request) => request.headers.authorization?.replace(/^Bearer /, "") ?? "";

async function userOf(request) {
  try {
    return await verifier.verify(bearer(request));
  } catch {
    throw Object.assign(new Error("sign in first"), { status: 401 });
  }
}

const routes = {
  "POST /sign-up": async ({ username, password, email }) => {
    const answer = await cognito.send(new SignUpCommand({
      ClientId, Username: username, Password: password, UserAttributes: [{ Name: "email", Value: email }],
    }));
    return { sub: answer.UserSub, codeSentTo: answer.CodeDeliveryDetails?.Destination };
  },
  "POST /confirm": async ({ username, code }) => {
    await cognito.send(new ConfirmSignUpCommand({ ClientId, Username: username, ConfirmationCode: code }));
    return { confirmed: true };
  },
  "POST /sign-in": async ({ username, password }) => signedIn(await cognito.send(new InitiateAuthCommand({
    ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME: username, PASSWORD: password },
  }))),
  "POST /refresh": async ({ refreshToken }) => signedIn(await cognito.send(new InitiateAuthCommand({
    ClientId, AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: { REFRESH_TOKEN: refreshToken },
  }))),
  "POST /sign-out": async (_, request) => {
    await cognito.send(new GlobalSignOutCommand({ AccessToken: bearer(request) }));
    return { signedOut: true };
  },
  "GET /notes": async (_, request) => notes.get((await userOf(request)).sub) ?? [],
  "POST /notes": async ({ text }, request) => {
    const { sub } = await userOf(request);
    notes.set(sub, [...(notes.get(sub) ?? []), text]);
    return notes.get(sub);
  },
};

const server = createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  const route = routes[`${request.method} ${request.url}`];
  if (!route) return answer(404, { error: "NotFound" });
  try {
    let body = "";
    for await (const chunk of request) body += chunk;
    return answer(200, await route(body ? JSON.parse(body) : {}, request));
  } catch (error) {
    return answer(error.status ?? error.$metadata?.httpStatusCode ?? 500, { error: error.name, message: error.message });
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`notes listens on ${server.address().port}`));
