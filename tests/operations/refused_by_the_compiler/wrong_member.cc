// Compiled by check, once for each CASE: 0 must compile, all others must not.
#include <boost/json/value.hpp>

#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;
using base::Result;

#if CASE == 0  // What is right.
Result<json::object> Run(Call&, const api::AdminCreateUserInput& input) {
  const bool silent = input.message_action() == api::MessageActionType::kSuppress;
  return json::object{{"Username", input.username()},
                      {"Silent", silent},
                      {"Alias", input.force_alias_creation(false)}};
}
const Operation<api::AdminCreateUserInput> kAdminCreateUser = MakeOperation<Run, HashLane>();

#elif CASE == 1  // A misspelt member.
Result<json::object> Run(Call&, const api::AdminCreateUserInput& input) {
  return json::object{{"Username", input.user_name()}};
}

#elif CASE == 2  // A member of another operation.
Result<json::object> Run(Call&, const api::AdminCreateUserInput& input) {
  return json::object{{"Username", input.client_id()}};
}

#elif CASE == 3  // Another operation's input.
Result<json::object> Run(Call&, const api::AdminDeleteUserInput&) {
  return json::object();
}
const Operation<api::AdminCreateUserInput> kAdminCreateUser = MakeOperation<Run>();

#elif CASE == 4  // A flag, and not a word of what it is where it is absent.
Result<json::object> Run(Call&, const api::AdminCreateUserInput& input) {
  return json::object{{"Alias", input.force_alias_creation()}};
}

#elif CASE == 5  // A value of an enumeration as a string.
Result<json::object> Run(Call&, const api::AdminCreateUserInput& input) {
  return json::object{{"Silent", input.message_action() == "SUPPRESS"}};
}

#elif CASE == 6  // A value that the enumeration does not have.
Result<json::object> Run(Call&, const api::AdminCreateUserInput& input) {
  return json::object{{"Silent", input.message_action() == api::MessageActionType::kSilent}};
}

#elif CASE == 7  // A user that the call does not name.
Result<Revoked> Run(Call& call, const api::DeleteUserPoolInput& input) {
  return RevokeNamedUser(
      call, NamedUser(input),
      [](store::LogTx&, const domain::Pool&, domain::User&) { return base::Status(); });
}

#elif CASE == 8  // A lane decided by another operation's input.
Result<json::object> Run(Call&, const api::AdminCreateUserInput&) {
  return json::object();
}
Lane LaneOf(const api::SignUpInput&) {
  return Lane::kHash;
}
const Operation<api::AdminCreateUserInput> kAdminCreateUser = MakeOperation<Run, LaneOf>();

#elif CASE == 10  // A definition that is not as the model declares it.
Result<json::object> Run(Call&, const api::AdminDeleteUserInput&) {
  return json::object();
}
const Operation<api::AdminDeleteUserInput> kAdminCreateUser = MakeOperation<Run>();

#elif CASE == 9  // An operation that is declared with its input, and takes JSON.
Result<json::object> Run(Call&, const json::object&) {
  return json::object();
}
const Operation<api::AdminCreateUserInput> kAdminCreateUser = MakeOperation<Run>();

#endif

}  // namespace sallyport::operations
