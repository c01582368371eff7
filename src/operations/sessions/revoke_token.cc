// RevokeToken: a client revokes a refresh token and every token that it has produced (RFC 7009).
// The answer waits until every gate refuses them.
#include <string>
#include <utility>

#include "base/error_codes.h"
#include "domain/clients/client.h"
#include "domain/errors.h"
#include "domain/records/commit.h"
#include "domain/tokens/family.h"
#include "domain/tokens/refresh_token.h"
#include "domain/tokens/revoke.h"
#include "jose/token.h"
#include "operations/operation.h"
#include "operations/sessions/session_shapes.h"
#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::operations {
namespace {

// Authenticates the client, before anything is said about the token.
base::Result<std::shared_ptr<const domain::Client>> ProvenClient(
    const Call& call, const api::RevokeTokenInput& input) {
  const std::string client_id(input.client_id());
  auto client = domain::GetClient(call.services, client_id);
  if (!client) {
    if (client.error().code != base::code::kResourceNotFound) return std::move(client).error();
    return domain::error::kRevokerUnknown(client_id);
  }
  if (!domain::SecretMatches(call.services.vault, **client, input.client_secret())) {
    return domain::error::kRevokerSecretWrong(client_id);
  }
  return client;
}

base::Result<Revoked> RunRevokeToken(Call& call, const api::RevokeTokenInput& input) {
  const std::string_view text = input.token();
  const auto token = domain::ParseRefreshToken(text);
  store::Reads reads{
      .keys = {domain::ClientKey(input.client_id()), std::string(store::kTimeRecord)}};
  if (token) reads.following.push_back(domain::UserOfFamily(token->family_id));
  const store::Expecting ahead(call.services.store.read_ahead(), std::move(reads));
  SALLYPORT_ASSIGN(const auto client, ProvenClient(call, input));
  if (!client->settings.enable_token_revocation) {
    return domain::error::kRevocationNotEnabled();
  }
  if (!token && jose::UnverifiedToken::Parse(text)) {
    return domain::error::kUnsupportedTokenType();
  }
  const auto commit = [&](store::LogTx& tx) -> base::Status {
    if (!token) return {};
    return domain::RevokeRefreshToken(call.services, tx, *token, *client, AssociatedOf(input));
  };
  SALLYPORT_ASSIGN(const store::Release release, domain::CommitRevoking(call.services, commit));
  return Revoked{release};
}

}  // namespace

const Operation<api::RevokeTokenInput> kRevokeToken = MakeOperation<RunRevokeToken>();

}  // namespace sallyport::operations
