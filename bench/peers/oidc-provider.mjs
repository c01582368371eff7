// oidc-provider as a peer of bench/run: RS256 access tokens for client_credentials, and refresh tokens that stay the same, in memory.
// Arguments: the port, and a file for the refresh tokens, one a line, which is there once it listens.
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const [port, tokensFile] = process.argv.slice(2);
const resource = 'urn:bench';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'bench', client_secret: 'bench-secret-of-the-peer', redirect_uris: ['https://app.example/callback'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'], token_endpoint_auth_method: 'client_secret_post',
  }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'bench' }] },
  scopes: ['openid', 'offline_access', 'read'],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: false,
  ttl: { AccessToken: 3600, ClientCredentials: 3600, IdToken: 3600, RefreshToken: 86400, Grant: 86400 },
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

const client = await provider.Client.find('bench');
const tokens = [];
for (let number = 0; number < 50; ++number) {
  const accountId = `user-${number}`;
  const grant = new provider.Grant({ clientId: 'bench', accountId });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope(resource, 'read');
  const grantId = await grant.save();
  tokens.push(await new provider.RefreshToken({
    client, accountId, grantId, resource, scope: 'openid offline_access read', gty: 'authorization_code', iiat: Math.floor(Date.now() / 1000),
  }).save());
}
provider.listen(Number(port), '127.0.0.1', () => writeFileSync(tokensFile, tokens.join('\n') + '\n'));
