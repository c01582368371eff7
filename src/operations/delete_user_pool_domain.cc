#include "domain/commit.h"
#include "domain/json.h"
#include "domain/pool_domain.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDeleteUserPoolDomain(Call& call, const json::object& input) {
  const auto remove = [&](store::Tx& tx) {
    return domain::DeletePoolDomain(tx, domain::StringMember(input, "UserPoolId"),
                                    domain::StringMember(input, "Domain"));
  };
  SALLYPORT_TRY(domain::Commit(call.services, remove));
  return json::object();
}

}  // namespace

const Operation kDeleteUserPoolDomain{RunDeleteUserPoolDomain};

}  // namespace sallyport::operations
