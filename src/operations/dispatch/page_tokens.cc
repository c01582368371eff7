#include "operations/dispatch/page_tokens.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "domain/caller.h"
#include "domain/page.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// Which list, and all that is asked of it, in the model's order: a JSON text.
std::string RequestOf(const model::OperationModel& model, const Call& call,
                      const json::object& input) {
  json::array request{model.name, call.region};
  // Another access token of the same user asks for the same.
  if (call.caller != nullptr) {
    request.push_back(json::array{call.caller->user.pool_id, call.caller->user.sub});
  }
  for (const model::Member& member : model::shapes[model.input].members) {
    if (member.role != model::Role::kArgument) continue;
    const json::value* value = input.if_contains(member.name);
    if (value != nullptr) request.push_back(json::array{member.name, *value});
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
