// AdminInitiateAuth: a server signs a user in, or refreshes, with its own credentials.
#include "operations/operation.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunAdminInitiateAuth(Call& call, const boost::json::object& input) {
  return Initiate(call, input, Caller::kAdmin);
}

}  // namespace

const Operation kAdminInitiateAuth{RunAdminInitiateAuth, InitiateLane};

}  // namespace sallyport::operations
