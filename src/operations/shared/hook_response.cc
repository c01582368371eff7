#include "operations/shared/hook_response.h"

#include <boost/json/value.hpp>
#include <string>

#include "domain/hook.h"

namespace sallyport::operations {

base::Result<bool> HookFlag(const boost::json::object& response, std::string_view name) {
  const boost::json::value* value = response.if_contains(name);
  if (value == nullptr || value->is_null()) return false;
  if (!value->is_bool()) return domain::InvalidHookResponse(std::string(name) + " is no boolean");
  return value->get_bool();
}

}  // namespace sallyport::operations
