#include "operations/operation.h"
#include "operations/shared/session_shapes.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunGetUserPoolSessionConfiguration(
    Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  return PoolSessionConfiguration(*pool);
}

}  // namespace

const Operation kGetUserPoolSessionConfiguration{RunGetUserPoolSessionConfiguration};

}  // namespace sallyport::operations
