#include "operations/sign_in/sign_in.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/error_codes.h"
#include "domain/clients/secret_hash.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/tokens/issue.h"
#include "operations/sign_in/answer.h"
#include "operations/sign_in/parameters.h"
#include "sign_in/flow.h"
#include "sign_in/reads.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// The client, which in an administrator's call must be of that pool. ResourceNotFoundException.
base::Result<std::shared_ptr<const domain::Client>> ClientOf(store::Reader& reader, SignInSide side,
                                                             std::string_view pool_id,
                                                             std::string_view client_id) {
  if (side == SignInSide::kClient) return domain::GetSharedClient(reader, client_id);
  SALLYPORT_ASSIGN(const auto pool, domain::GetSharedPool(reader, pool_id));
  SALLYPORT_ASSIGN(auto client, domain::GetSharedClient(reader, client_id));
  if (client->pool_id != pool->id) {
    return domain::error::kNoSuchClient.Because("the client is another pool's", client_id);
  }
  return client;
}

base::Result<Issued> Run(Call& call, std::shared_ptr<const domain::Client> client,
                         std::string_view secret_hash, const json::object* metadata,
                         const sign_in::Input& given) {
  SALLYPORT_ASSIGN(auto pool, domain::GetSharedPool(call.begun_reader(), client->pool_id));
  const sign_in::Attempt attempt{.services = call.services,
                                 .pool = std::move(pool),
                                 .client = std::move(client),
                                 .context = ContextDataOf(call),
                                 .metadata = metadata,
                                 .begun = &call.begun};
  sign_in::TokensEnding tokens;
  const auto outcome = sign_in::Run(attempt, {.ending = tokens, .secret_hash = secret_hash}, given);
  if (!outcome) return outcome.error().error;
  if (const auto* const challenge = std::get_if<sign_in::Challenge>(&*outcome)) {
    // A challenge has not ended any session.
    return Issued{ChallengeAnswer(*challenge), store::Wait::NothingRevoked()};
  }
  return Issued{TokensAnswer(tokens.issued().tokens), tokens.issued().wait};
}

// Which word of ExplicitAuthFlows allows this flow; nullopt: the call cannot use the flow at all.
std::optional<domain::AuthFlow> AllowFlow(api::AuthFlowType flow, SignInSide side) {
  switch (flow) {
    case api::AuthFlowType::kRefreshTokenAuth:
    case api::AuthFlowType::kRefreshToken:
      return domain::AuthFlow::kRefreshToken;
    case api::AuthFlowType::kUserSrpAuth:
      return domain::AuthFlow::kUserSrp;
    case api::AuthFlowType::kCustomAuth:
      return domain::AuthFlow::kCustom;
    case api::AuthFlowType::kUserPasswordAuth:
      if (side == SignInSide::kClient) return domain::AuthFlow::kUserPassword;
      break;
    case api::AuthFlowType::kAdminUserPasswordAuth:
    case api::AuthFlowType::kAdminNoSrpAuth:
      if (side == SignInSide::kServer) return domain::AuthFlow::kAdminUserPassword;
      break;
    case api::AuthFlowType::kUserAuth:
      break;
  }
  return std::nullopt;
}

base::Error FlowNotEnabled(api::AuthFlowType flow, SignInSide side) {
  if (flow == api::AuthFlowType::kUserSrpAuth) {
    return domain::error::kSrpNotEnabled();
  }
  if (side == SignInSide::kServer) {
    return domain::error::kAdminFlowNotEnabled();
  }
  return domain::error::kFlowNotEnabled(api::Word(flow));
}

// The client, if it may use this flow.
base::Result<std::shared_ptr<const domain::Client>> ClientThatMay(store::Reader& reader,
                                                                  const Initiation& initiation) {
  const api::AuthFlowType flow = initiation.flow;
  SALLYPORT_ASSIGN(auto client,
                   ClientOf(reader, initiation.side, initiation.pool_id, initiation.client_id));
  const std::optional<domain::AuthFlow> allow = AllowFlow(flow, initiation.side);
  if (!allow) return domain::error::kFlowNotSupported();
  if (!client->settings.Allows(*allow)) return FlowNotEnabled(flow, initiation.side);
  // The answer of this flow has no member for the next refresh token.
  if (IsRefresh(flow) && client->settings.rotates_refresh_tokens) {
    return FlowNotEnabled(flow, initiation.side);
  }
  return client;
}

base::Result<Issued> InitiateRefresh(const Call& call, const Initiation& initiation) {
  const api::AuthParametersType& parameters = initiation.parameters;
  const auto token = RequiredParameter(parameters.refresh_token());
  const auto read_client =
      [&](store::Reader& reader) -> base::Result<std::shared_ptr<const domain::Client>> {
    SALLYPORT_ASSIGN(auto client, ClientThatMay(reader, initiation));
    if (!token) return token.error();
    return client;
  };
  SALLYPORT_ASSIGN(const domain::Refresh refresh,
                   domain::CheckRefreshToken(call.services, initiation.client_id, read_client,
                                             token ? *token : std::string_view()));
  const domain::Client* const client = refresh.client.get();
  // SDKs compute it over the username, the sub, or the name that was typed at the sign-in.
  SALLYPORT_TRY(domain::CheckSecretHash(
      call.services.vault, *client, parameters.secret_hash().value,
      {refresh.user.username, refresh.user.sub, parameters.username().value,
       refresh.user.Attribute("email"), refresh.user.Attribute("phone_number"),
       refresh.user.Attribute("preferred_username")}));
  const auto issued = domain::CompleteRefresh(call.services, refresh, ContextDataOf(call));
  if (issued) return Issued{TokensAnswer(issued->tokens), issued->wait};
  // The client rotated refresh tokens until recently, and this token is from that time.
  if (issued.error().code == base::code::kRefreshTokenReuse) {
    return domain::error::kInvalidRefreshToken();
  }
  return issued.error();
}

}  // namespace

Initiation::Initiation(const api::InitiateAuthInput& input)
    : side(SignInSide::kClient),
      client_id(input.client_id()),
      flow(input.auth_flow()),
      parameters(input.auth_parameters()),
      metadata(input.client_metadata()) {}

Initiation::Initiation(const api::AdminInitiateAuthInput& input)
    : side(SignInSide::kServer),
      pool_id(input.user_pool_id()),
      client_id(input.client_id()),
      flow(input.auth_flow()),
      parameters(input.auth_parameters()),
      metadata(input.client_metadata()) {}

bool IsRefresh(api::AuthFlowType flow) {
  return flow == api::AuthFlowType::kRefreshTokenAuth || flow == api::AuthFlowType::kRefreshToken;
}

void ExpectBeginning(Call& call, std::string_view client_id, std::string_view name,
                     std::optional<api::AuthFlowType> flow) {
  if (call.ahead) return;
  const bool by_password = flow == api::AuthFlowType::kUserPasswordAuth ||
                           flow == api::AuthFlowType::kAdminUserPasswordAuth ||
                           flow == api::AuthFlowType::kAdminNoSrpAuth;
  call.ahead = sign_in::ExpectBeginning(call.services, client_id, name, by_password);
}

base::Result<Issued> Initiate(Call& call, const Initiation& initiation) {
  const api::AuthFlowType flow = initiation.flow;
  if (IsRefresh(flow)) return InitiateRefresh(call, initiation);
  ExpectBeginning(call, initiation.client_id, initiation.parameters.username().value, flow);
  SALLYPORT_ASSIGN(auto client, ClientThatMay(call.begun_reader(), initiation));
  SALLYPORT_ASSIGN(const sign_in::Input given, BeginningOf(flow, initiation.parameters));
  return Run(call, std::move(client), initiation.parameters.secret_hash().value,
             initiation.metadata, given);
}

ChallengeResponse::ChallengeResponse(const api::RespondToAuthChallengeInput& input)
    : side(SignInSide::kClient),
      client_id(input.client_id()),
      challenge(input.challenge_name()),
      session(input.session()),
      responses(input.challenge_responses()),
      metadata(input.client_metadata()) {}

ChallengeResponse::ChallengeResponse(const api::AdminRespondToAuthChallengeInput& input)
    : side(SignInSide::kServer),
      pool_id(input.user_pool_id()),
      client_id(input.client_id()),
      challenge(input.challenge_name()),
      session(input.session()),
      responses(input.challenge_responses()),
      metadata(input.client_metadata()) {}

base::Result<Issued> Respond(Call& call, const ChallengeResponse& response) {
  ExpectBeginning(call, response.client_id, response.responses.username().value);
  SALLYPORT_ASSIGN(auto client, ClientOf(call.begun_reader(), response.side, response.pool_id,
                                         response.client_id));
  SALLYPORT_ASSIGN(const sign_in::Input given,
                   AnswerOf(response.challenge, response.session, response.responses));
  return Run(call, std::move(client), response.responses.secret_hash().value, response.metadata,
             given);
}

}  // namespace sallyport::operations
