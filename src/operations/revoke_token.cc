// RevokeToken: revokes a refresh token and every token that it produced (RFC 7009).
#include "domain/client.h"
#include "domain/commit.h"
#include "domain/family.h"
#include "domain/json.h"
#include "domain/refresh_token.h"
#include "domain/revoke.h"
#include "jose/token.h"
#include "operations/operation.h"

namespace sallyport::operations {
namespace {

base::Error Unauthorized(std::string message) {
  return {"UnauthorizedException", std::move(message), ""};
}

// The client, which has proved itself: before anything is said about the token.
base::Result<std::shared_ptr<const domain::Client>> ProvenClient(const Call& call,
                                                                 const boost::json::object& input) {
  const std::string client_id(domain::StringMember(input, "ClientId"));
  auto client = domain::GetClient(call.services, client_id);
  if (!client) {
    if (client.error().code != "ResourceNotFoundException") return std::move(client).error();
    return Unauthorized("User pool client " + client_id + " does not exist.");
  }
  if (!domain::SecretMatches(call.services.vault, **client,
                             domain::StringMember(input, "ClientSecret"))) {
    return Unauthorized("Unable to verify secret for client " + client_id);
  }
  return client;
}

base::Result<Revoked> RunRevokeToken(Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto client, ProvenClient(call, input));
  if (!client->settings.enable_token_revocation) {
    return base::Error{"UnsupportedOperationException",
                       "Token revocation is not enabled for this client", ""};
  }
  const std::string_view text = domain::StringMember(input, "Token");
  const auto token = domain::ParseRefreshToken(text);
  if (!token && jose::UnverifiedToken::Parse(text)) {
    return base::Error{"UnsupportedTokenTypeException", "Unsupported token type", ""};
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
