#include "operations/dispatch/quotas.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/error_codes.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/tokens/caller.h"
#include "domain/users/user.h"
#include "operations/sign_in/sign_in.h"
#include "store/store.h"

namespace sallyport::operations {

namespace {

// The user as the call names them; empty where it names none (a refresh).
std::string_view NameOf(const api::AnyInput& input) {
  if (!input.username().empty()) return input.username();
  if (input.has_auth_parameters()) return input.auth_parameters().username().value;
  return input.challenge_responses().username().value;
}

base::Result<std::string> CountedName(Call& call, const std::string& pool_id,
                                      std::string_view name) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetSharedPool(call.begun_reader(), pool_id));
  return domain::CountedName(call.begun_reader(), *pool, name);
}

base::Status CheckUser(domain::Throttle& throttle, Call& call, domain::CalledBy by,
                       const api::AnyInput& input) {
  if (call.caller != nullptr) {
    return throttle.TakeForUser(domain::CalledBy::kTheUser, call.caller->user.pool_id,
                                call.caller->user.sub);
  }
  const std::string_view name = NameOf(input);
  // A refresh tries no password of whomever it names.
  if (name.empty() || (input.auth_flow() && IsRefresh(*input.auth_flow()))) return {};
  ExpectBeginning(call, input.client_id(), name, input.auth_flow());
  std::string pool_id(input.user_pool_id());
  if (pool_id.empty()) {
    const auto client = domain::GetSharedClient(call.begun_reader(), input.client_id());
    // The operation itself will report that the client does not exist.
    if (!client) return {};
    pool_id = (*client)->pool_id;
  }
  const auto counted = CountedName(call, pool_id, name);
  // Other operations than those of a sign-in read by themselves, some of them after a hash.
  if (!input.has_auth_flow() && !input.has_challenge_responses()) call.ahead = {};
  // The operation itself will report that the pool does not exist.
  if (!counted) return {};
  return throttle.TakeForUser(by, pool_id, *counted);
}

domain::Anonymous WhatOf(const model::OperationModel& model) {
  switch (model.category) {
    case domain::Category::kUserAuthentication:
      return domain::Anonymous::kSignIn;
    case domain::Category::kUserCreation:
      return domain::Anonymous::kSignUp;
    default:
      return domain::Anonymous::kCode;
  }
}

base::Status AsDeclared(const model::OperationModel& model, base::Status taken) {
  if (taken.ok()) return {};
  const bool declared =
      std::find(model.errors.begin(), model.errors.end(), taken.error().code) != model.errors.end();
  if (declared) return taken;
  return base::Error{base::code::kThrottling, taken.error().message, taken.error().cause};
}

}  // namespace

bool IsLimited(const model::OperationModel& model, const AnyOperation& operation) {
  if (!std::holds_alternative<AnyOperation::Function<Revoked>>(operation.run)) return true;
  return model.auth == model::Auth::kNone && model.per_user;
}

base::Status CheckAddress(domain::Throttle& throttle, const model::OperationModel& model,
                          std::string_view address) {
  if (model.auth != model::Auth::kNone) return {};
  return AsDeclared(model, throttle.TakeForAddress(WhatOf(model), address));
}

base::Status CheckRefused(domain::Throttle& throttle, const model::OperationModel& model,
                          std::string_view address) {
  if (model.auth != model::Auth::kAccessToken) return {};
  return AsDeclared(model, throttle.CheckAddress(domain::Anonymous::kRefused, address));
}

base::Status CheckQuotas(domain::Throttle& throttle, const model::OperationModel& model, Call& call,
                         const api::AnyInput& input) {
  base::Status taken = throttle.Take(model.category);
  if (taken.ok() && model.per_user && throttle.counts_users()) {
    const auto by = model.auth == model::Auth::kNone ? domain::CalledBy::kAnybody
                                                     : domain::CalledBy::kAdministrator;
    taken = CheckUser(throttle, call, by, input);
  }
  return AsDeclared(model, std::move(taken));
}

}  // namespace sallyport::operations
