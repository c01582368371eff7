// oidc-provider as a peer of bench/run: RS256 access tokens for client_credentials, refresh tokens that stay the same, and browsers in which
// users are signed in, in memory. Arguments: the port, and a file for {"tokens", "cookies"}: refresh tokens of the client "bench", and browsers
// that may get codes for the client "web". It is there once the server listens.
import { generateKeyPairSync } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const [port, readyFile] = process.argv.slice(2);
const resource = 'urn:bench';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'bench', client_secret: 'bench-secret-of-the-peer', redirect_uris: ['https://app.example/callback'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'], token_endpoint_auth_method: 'client_secret_post',
  }, {
    client_id: 'web', redirect_uris: ['https://app.example/callback'], grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'bench' }] },
  scopes: ['openid', 'offline_access', 'read'],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: false,
  issueRefreshToken: () => true,
  ttl: { AccessToken: 3600, ClientCredentials: 3600, IdToken: 3600, RefreshToken: 86400, Grant: 86400, Session: 86400 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'read', accessTokenFormat: 'jwt', accessTokenTTL: 3600, jwt: { sign: { alg: 'RS256' } } }),
    },
  },
});

async function grantTo(clientId, accountId) {
  const grant = new provider.Grant({ clientId, accountId });
  grant.addOIDCScope('openid offline_access read');
  grant.addResourceScope(resource, 'read');
  return grant.save();
}

const client = await provider.Client.find('bench');
const tokens = [];
const cookies = [];
for (let number = 0; number < 50; ++number) {
  const accountId = `user-${number}`;
  tokens.push(await new provider.RefreshToken({
    client, accountId, grantId: await grantTo('bench', accountId), resource, scope: 'openid offline_access read', gty: 'authorization_code',
    iiat: Math.floor(Date.now() / 1000),
  }).save());
  const session = new provider.Session();
  session.loginAccount({ accountId });
  session.ensureClientContainer('web');
  session.grantIdFor('web', await grantTo('web', accountId));
  cookies.push(`${provider.cookieName('session')}=${await session.save(86400)}`);
}
provider.listen(Number(port), '127.0.0.1', () => {
  writeFileSync(`${readyFile}.new`, JSON.stringify({ tokens, cookies }));
  renameSync(`${readyFile}.new`, readyFile);
});
