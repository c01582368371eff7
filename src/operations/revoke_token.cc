// RevokeToken: revokes a refresh token and every token that it produced (RFC 7009).
#include "base/error_codes.h"
#include "domain/client.h"
#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/family.h"
#include "domain/json.h"
#include "domain/refresh_token.h"
#include "domain/revoke.h"
#include "jose/token.h"
#include "operations/operation.h"

namespace sallyport::operations {
namespace {

// The client, which has proved itself: before anything is said about the token.
base::Result<std::shared_ptr<const domain::Client>> ProvenClient(const Call& call,
                                                                 const boost::json::object& input) {
  const std::string client_id(domain::StringMember(input, "ClientId"));
  auto client = domain::GetClient(call.services, client_id);
  if (!client) {
    if (client.error().code != base::code::kResourceNotFound) return std::move(client).error();
    return domain::error::kRevokerUnknown(client_id);
  }
  if (!domain::SecretMatches(call.services.vault, **client,
                             domain::StringMember(input, "ClientSecret"))) {
    return domain::error::kRevokerSecretWrong(client_id);
  }
  return client;
}

base::Result<Revoked> RunRevokeToken(Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto client, ProvenClient(call, input));
  if (!client->enable_token_revocation) {
    return domain::error::kRevocationNotEnabled();
  }
  const std::string_view text = domain::StringMember(input, "Token");
  const auto token = domain::ParseRefreshToken(text);
  if (!token && jose::UnverifiedToken::Parse(text)) {
    return domain::error::kUnsupportedTokenType();
  }
  const auto commit = [&](store::LogTx& tx) -> base::Status {
    if (!token) return {};
    return domain::RevokeRefreshToken(call.services, tx, *token, *client);
  };
  SALLYPORT_ASSIGN(const store::Release release, domain::CommitRevoking(call.services, commit));
  return Revoked{release};
}

}  // namespace

const Operation kRevokeToken{.run = RunRevokeToken};

}  // namespace sallyport::operations
