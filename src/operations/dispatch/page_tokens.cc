#include "operations/dispatch/page_tokens.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "domain/pools/pool.h"
#include "domain/records/page.h"
#include "domain/tokens/caller.h"
#include "domain/users/user.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// The sub of the user whom the call is about; if there is no such user, the name itself.
std::string SubOf(const Call& call, const json::object& input) {
  const api::AnyInput any(input);
  const std::string_view name = any.username();
  const auto pool = domain::GetPool(call.services, any.user_pool_id());
  if (!pool) return std::string(name);
  const auto sub = domain::FindSub(call.services.store, **pool, name);
  return sub && *sub ? **sub : std::string(name);
}

bool IsEmptyText(const json::value& value) {
  const json::string* const text = value.if_string();
  return text != nullptr && text->empty();
}

// A JSON text that identifies the list and everything that determines its contents, in the order of
// the model.
std::string RequestOf(const model::OperationModel& model, const Call& call,
                      const json::object& input) {
  json::array request{model.name, call.region};
  // With another access token of the same user, the request is the same.
  if (call.caller != nullptr) {
    request.push_back(json::array{call.caller->user.pool_id, call.caller->user.sub});
  }
  for (const model::Member& member : model::shapes[model.input].members) {
    const json::value* value = input.if_contains(member.name);
    if (value == nullptr || IsEmptyText(*value)) continue;
    if (member.role == model::Role::kArgument) {
      request.push_back(json::array{member.name, *value});
    } else if (member.role == model::Role::kUser) {
      request.push_back(json::array{member.name, SubOf(call, input)});
    }
  }
  return json::serialize(request);
}

}  // namespace

base::Status OpenPageToken(const model::OperationModel& model, const Call& call,
                           json::object& input) {
  json::value* token = input.if_contains(model.page_token);
  if (token == nullptr) return {};
  SALLYPORT_ASSIGN(const std::string next,
                   domain::UnbindToken(call.services.vault, RequestOf(model, call, input),
                                       std::string_view(token->get_string())));
  *token = next;
  return {};
}

void BindPageToken(const model::OperationModel& model, const Call& call, const json::object& input,
                   json::object& answer) {
  json::value* next = answer.if_contains(model.page_token);
  if (next == nullptr) return;
  *next = domain::BindToken(call.services.vault, RequestOf(model, call, input),
                            std::string_view(next->get_string()));
}

}  // namespace sallyport::operations
