#include "operations/dispatch/quotas.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/error_codes.h"
#include "domain/caller.h"
#include "domain/client.h"
#include "domain/json.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::ObjectMember;
using domain::StringMember;

namespace {

// The user as the call names it; empty where it names none (a refresh).
std::string_view NameOf(const json::object& input) {
  if (const auto name = StringMember(input, "Username"); !name.empty()) return name;
  for (const std::string_view member : {"AuthParameters", "ChallengeResponses"}) {
    if (const json::object* parameters = ObjectMember(input, member)) {
      return StringMember(*parameters, "USERNAME");
    }
  }
  return {};
}

base::Status CheckUser(domain::Throttle& throttle, const Call& call, const json::object& input) {
  if (call.caller != nullptr) {
    return throttle.TakeForUser(call.caller->user.pool_id, call.caller->user.sub);
  }
  const std::string_view name = NameOf(input);
  if (name.empty()) return {};
  std::string pool_id(StringMember(input, "UserPoolId"));
  if (pool_id.empty()) {
    const auto client = domain::GetClient(call.services, StringMember(input, "ClientId"));
    // That there is no such client is the operation's to say.
    if (!client) return {};
    pool_id = (*client)->pool_id;
  }
  return throttle.TakeForUser(pool_id, name);
}

}  // namespace

base::Status CheckQuotas(domain::Throttle& throttle, const model::OperationModel& model,
                         const Call& call, const json::object& input) {
  base::Status taken = throttle.Take(model.category);
  if (taken.ok() && model.per_user && throttle.counts_users()) {
    taken = CheckUser(throttle, call, input);
  }
  if (taken.ok()) return {};
  const bool declared =
      std::find(model.errors.begin(), model.errors.end(), taken.error().code) != model.errors.end();
  if (declared) return taken;
  return base::Error{base::code::kThrottling, taken.error().message, taken.error().cause};
}

}  // namespace sallyport::operations
