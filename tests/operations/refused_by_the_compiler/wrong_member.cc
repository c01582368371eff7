// Compiled once by `check`: each line with the mark "refused" must be refused, and no other line.
#include <boost/json/value.hpp>

#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;
using base::Result;

Result<json::object> Right(Call&, const api::AdminCreateUserInput& input) {
  const bool silent = input.message_action() == api::MessageActionType::kSuppress;
  return json::object{{"Username", input.username()},
                      {"Silent", silent},
                      {"Alias", input.force_alias_creation(false)}};
}
const Operation<api::AdminCreateUserInput> kAdminCreateUser = MakeOperation<Right, HashLane>();

Result<json::object> Wrong(Call&, const api::AdminCreateUserInput& input) {
  auto misspelt = input.user_name();                              // refused
  auto of_another_operation = input.client_id();                  // refused
  auto flag_without_a_fallback = input.force_alias_creation();    // refused
  bool enumeration_as_text = input.message_action() == "RESEND";  // refused
  auto no_such_value = api::MessageActionType::kSilent;           // refused
  return json::object();
}

// A user whom the call does not name.
NamedUser NoUser(const api::DeleteUserPoolInput& input) {
  return NamedUser(input);  // refused
}

Result<json::object> RunDelete(Call&, const api::AdminDeleteUserInput&) {
  return json::object();
}
constexpr auto kDeletes = MakeOperation<RunDelete>();
// What takes another operation's input, as the model has it and as the file says.
const Operation<api::AdminEnableUserInput> kAdminEnableUser = kDeletes;   // refused
const Operation<api::AdminDeleteUserInput> kAdminDisableUser = kDeletes;  // refused

Lane SignUpLane(const api::SignUpInput&) {
  return Lane::kHash;
}
Result<json::object> RunGet(Call&, const api::AdminGetUserInput&) {
  return json::object();
}
const Operation<api::AdminGetUserInput> kAdminGetUser =
    MakeOperation<RunGet, SignUpLane>();  // refused

Result<json::object> RunJson(Call&, const json::object&) {
  return json::object();
}
const Operation<api::GetUserInput> kGetUser = MakeOperation<RunJson>();  // refused

}  // namespace sallyport::operations
