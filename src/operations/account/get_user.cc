// GetUser: tells the caller their own username, and the attributes that their client may read.
#include "domain/tokens/caller.h"
#include "domain/users/attributes.h"
#include "operations/operation.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunGetUser(Call& call, const api::GetUserInput&) {
  const domain::User& user = call.caller->user;
  return boost::json::object{
      {"Username", user.username},
      {"UserAttributes", domain::ReadableAttributeList(*call.caller->client, user)}};
}

}  // namespace

const Operation<api::GetUserInput> kGetUser = MakeOperation<RunGetUser>();

}  // namespace sallyport::operations
