#include "operations/dispatcher.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <exception>
#include <utility>
#include <variant>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/tokens/caller.h"
#include "operations/dispatch/built.h"
#include "operations/dispatch/model.h"
#include "operations/dispatch/page_tokens.h"
#include "operations/dispatch/quotas.h"
#include "operations/dispatch/read_input.h"
#include "operations/dispatch/validate.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr std::string_view kTargetPrefix = "AWSCognitoIdentityProviderService.";
constexpr int kOk = 200;
constexpr int kClientError = 400;
constexpr int kServerError = 500;
constexpr int kNotImplemented = 501;
constexpr int kUnavailable = 503;

Answer ErrorAnswer(base::Error error, int status,
                   store::Wait wait = store::Wait::NothingRevoked()) {
  json::object body{{"__type", error.code}};
  if (!error.message.empty()) body["message"] = error.message;
  Answer answer(wait);
  answer.status = status;
  answer.body = json::serialize(body);
  answer.error_code = std::move(error.code);
  answer.cause = std::move(error.cause);
  return answer;
}

Answer ErrorAnswer(base::Error error, store::Wait wait = store::Wait::NothingRevoked()) {
  int status = error.code == base::code::kInternalError ? kServerError : kClientError;
  if (store::IsDiskFull(error)) status = kUnavailable;
  return ErrorAnswer(std::move(error), status, wait);
}

const model::OperationModel* FindTarget(std::string_view target) {
  if (!target.starts_with(kTargetPrefix)) return nullptr;
  return model::Find(target.substr(kTargetPrefix.size()));
}

base::Status CheckError(const model::OperationModel& model, const base::Error& error) {
  // Any operation may give these, declared or not.
  constexpr std::array<std::string_view, 3> kCommon{
      base::code::kInternalError, base::code::kInvalidParameter, base::code::kSerialization};
  if (store::IsDiskFull(error)) return {};
  bool declared =
      std::find(model.errors.begin(), model.errors.end(), error.code) != model.errors.end() ||
      std::find(kCommon.begin(), kCommon.end(), error.code) != kCommon.end();
  if (declared) return {};
  return base::InternalError(std::string(model.name) + " does not declare the error " + error.code +
                             " (" + error.message + ")");
}

base::Status CheckAnswer(const model::OperationModel& model,
                         const base::Result<json::object>& result) {
  if (!result) return CheckError(model, result.error());
  if (model.output < 0) {
    if (result->empty()) return {};
    return base::InternalError(std::string(model.name) + " has no output, but was answered with " +
                               json::serialize(*result));
  }
  json::object copy = *result;
  base::Status valid = ValidateAnswer(copy, static_cast<uint16_t>(model.output));
  if (!valid) {
    return base::InternalError(std::string(model.name) + ": the answer does not match the model: " +
                               valid.error().message + " in " + json::serialize(*result));
  }
  if (copy == *result) return {};
  return base::InternalError(
      std::string(model.name) +
      ": the answer has members that the model does not know: " + json::serialize(*result));
}

// Calls `function`, and turns an exception into an error.
template <typename T, typename Function>
base::Result<T> Guarded(const Function& function) {
  try {
    return function();
  } catch (const std::exception& exception) {
    return base::InternalError(exception.what());
  }
}

}  // namespace

std::unique_ptr<Prepared> Dispatcher::Prepare(Request request, Answer* early) const {
  const model::OperationModel* model = FindTarget(request.target);
  if (!model) {
    *early = ErrorAnswer(domain::error::kUnknownOperation());
    return nullptr;
  }
  const AnyOperation* operation = BuiltOperation(*model);
  if (operation == nullptr) {
    *early = ErrorAnswer(domain::error::kOperationNotBuilt(model->name), kNotImplemented);
    return nullptr;
  }
  if (services_.throttle != nullptr && IsLimited(*model, *operation)) {
    if (auto taken = CheckAddress(*services_.throttle, *model, request.source_ip); !taken) {
      *early = ErrorAnswer(std::move(taken).error());
      return nullptr;
    }
  }
  base::Result<json::object> input = ReadInput(*model, request.body, operation->unknown_members);
  if (!input) {
    *early = ErrorAnswer(std::move(input).error());
    return nullptr;
  }
  auto prepared = std::make_unique<Prepared>();
  prepared->model = model;
  prepared->operation = operation;
  prepared->request = std::move(request);
  prepared->input = std::move(*input);
  return prepared;
}

Lane Dispatcher::LaneOf(const Prepared& prepared) {
  auto lane = prepared.operation->lane;
  return lane ? lane(prepared.input) : Lane::kQuick;
}

bool Dispatcher::Revokes(const Prepared& prepared) {
  return std::holds_alternative<AnyOperation::Function<Revoked>>(prepared.operation->run);
}

std::string_view Dispatcher::OperationName(const Prepared& prepared) {
  return prepared.model->name;
}

base::Status Dispatcher::Authenticate(const Prepared& prepared, Call& call,
                                      std::optional<domain::AccessTokenCaller>& caller) const {
  switch (prepared.model->auth) {
    case model::Auth::kNone:
      return {};
    case model::Auth::kAccessToken: {
      SALLYPORT_ASSIGN(caller, domain::CheckAccessToken(
                                   services_, api::AnyInput(prepared.input).access_token()));
      call.caller = &*caller;
      return {};
    }
    case model::Auth::kSigV4: {
      SALLYPORT_ASSIGN(call.region, prepared.request.verify_signature());
      const std::string_view pool_id = api::AnyInput(prepared.input).user_pool_id();
      return pool_id.empty() ? base::Status() : domain::CheckPoolRegion(pool_id, call.region);
    }
  }
  return base::InternalError("unknown kind of authentication");
}

// The quota is checked after authentication, so that nobody can use up the quota of others.
base::Status Dispatcher::Admit(const Prepared& prepared, Call& call,
                               std::optional<domain::AccessTokenCaller>& caller) const {
  domain::Throttle* const throttle = services_.throttle;
  const model::OperationModel& model = *prepared.model;
  if (throttle == nullptr || !IsLimited(model, *prepared.operation)) {
    return Authenticate(prepared, call, caller);
  }
  SALLYPORT_TRY(CheckRefused(*throttle, model, call.source_ip));
  base::Status known = Authenticate(prepared, call, caller);
  if (!known) {
    // A token that has ended is not a stranger's. Otherwise a gate that asks about tokens would be
    // refused for all of its users as soon as some of them go on with tokens that were revoked.
    if (model.auth == model::Auth::kAccessToken &&
        !domain::WasIssuedHere(services_, api::AnyInput(prepared.input).access_token())) {
      (void)throttle->TakeForAddress(domain::Anonymous::kRefused, call.source_ip);
    }
    return known;
  }
  return CheckQuotas(*throttle, model, call, api::AnyInput(prepared.input));
}

Dispatcher::Outcome Dispatcher::AfterBarrier(base::Error error) const {
  const auto barrier = services_.store.Barrier();
  if (barrier) return {std::move(error), *barrier};
  // The store has failed. Then the error says nothing about what is revoked.
  return {barrier.error(), store::Wait::NothingRevoked()};
}

Dispatcher::Outcome Dispatcher::Perform(const json::object& input, Call& call,
                                        AnyOperation::Function<json::object> run) const {
  return {Guarded<json::object>([&] { return run(call, input); }), store::Wait::NothingRevoked()};
}

Dispatcher::Outcome Dispatcher::Perform(const json::object& input, Call& call,
                                        AnyOperation::Function<Revoked> run) const {
  auto revoked = Guarded<Revoked>([&] { return run(call, input); });
  if (!revoked) return AfterBarrier(std::move(revoked).error());
  return {std::move(revoked->body), revoked->release};
}

Dispatcher::Outcome Dispatcher::Perform(const json::object& input, Call& call,
                                        AnyOperation::Function<Issued> run) const {
  auto issued = Guarded<Issued>([&] { return run(call, input); });
  if (!issued) return AfterBarrier(std::move(issued).error());
  return {std::move(issued->body), issued->wait};
}

Dispatcher::Outcome Dispatcher::PerformPaged(const Prepared& prepared, Call& call) const {
  const model::OperationModel& model = *prepared.model;
  json::object input = prepared.input;
  auto opened = OpenPageToken(model, call, input);
  if (!opened) input.erase(model.page_token);
  Outcome outcome =
      std::visit([&](auto run) { return Perform(input, call, run); }, prepared.operation->run);
  // Other errors take precedence over one about the token: that the pool or the user does not
  // exist.
  if (!opened && outcome.body) outcome.body = std::move(opened).error();
  if (outcome.body) BindPageToken(model, call, prepared.input, *outcome.body);
  return outcome;
}

// An operation that may revoke also waits before it answers "Access Token has been revoked", until
// the gates have applied that.
Dispatcher::Outcome Dispatcher::NotAdmitted(const Prepared& prepared, base::Error error) const {
  if (Revokes(prepared)) return AfterBarrier(std::move(error));
  return {std::move(error), store::Wait::NothingRevoked()};
}

Dispatcher::Outcome Dispatcher::AdmitAndPerform(const Prepared& prepared, Call& call) const {
  std::optional<domain::AccessTokenCaller> caller;
  auto admitted = Guarded<void>([&] { return Admit(prepared, call, caller); });
  if (!admitted) return NotAdmitted(prepared, std::move(admitted).error());
  // An operation that needs no caller does not authenticate anybody.
  const bool caller_is_known = NeedsCaller(prepared);
  Outcome outcome = prepared.model->page_token.empty()
                        ? std::visit([&](auto run) { return Perform(prepared.input, call, run); },
                                     prepared.operation->run)
                        : PerformPaged(prepared, call);
  call.caller = nullptr;
  outcome.caller_is_known = caller_is_known;
  if (answers_ == Answers::kChecked) {
    if (auto checked = CheckAnswer(*prepared.model, outcome.body); !checked) {
      outcome.body = std::move(checked).error();
    }
  }
  return outcome;
}

Call Dispatcher::MakeCall(const Request& request) const {
  return {.services = services_,
          .request_id = request.request_id,
          .source_ip = request.source_ip,
          .user_agent = request.user_agent,
          .region = services_.settings.region,
          .on_page = request.on_page};
}

bool Dispatcher::NeedsCaller(const Prepared& prepared) {
  return prepared.model->auth != model::Auth::kNone;
}

std::optional<Answer> Dispatcher::RefuseCaller(const Prepared& prepared) const {
  Call call = MakeCall(prepared.request);
  std::optional<domain::AccessTokenCaller> caller;
  auto known = Guarded<void>([&] { return Authenticate(prepared, call, caller); });
  if (known.ok()) return std::nullopt;
  Outcome refusal = NotAdmitted(prepared, std::move(known).error());
  return ErrorAnswer(std::move(refusal.body).error(), refusal.wait);
}

Answer Dispatcher::Run(const Prepared& prepared) const {
  Call call = MakeCall(prepared.request);
  Outcome outcome = AdmitAndPerform(prepared, call);
  if (!outcome.body) {
    Answer refusal = ErrorAnswer(std::move(outcome.body).error(), outcome.wait);
    refusal.caller_is_known = outcome.caller_is_known;
    return refusal;
  }
  Answer answer(outcome.wait);
  answer.status = kOk;
  answer.caller_is_known = outcome.caller_is_known;
  // An operation without output has an empty body, as in AWS.
  if (prepared.model->output >= 0) answer.body = json::serialize(*outcome.body);
  return answer;
}

}  // namespace sallyport::operations
