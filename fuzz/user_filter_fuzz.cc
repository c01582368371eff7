// Any bytes as the Filter of ListUsers: it is parsed or refused in AWS's words. What is parsed
// finds a user whose attribute has the very value, and the index prefix agrees with the record's
// decision.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "domain/users/user_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sallyport::domain::User;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = sallyport::domain::UserFilter::Parse(text);
  if (!filter) {
    if (filter.error().code != "InvalidParameterException") std::abort();
    return 0;
  }
  // The prefix ends with the value (and, for "=", a slash), so it gives a user that must be found.
  const std::string value = filter->Prefix("pool").substr(5);
  const std::string attribute = filter->Index().substr(std::string_view("users-by-").size());
  if (value.size() < 256 && value.find_first_of(" ") == std::string::npos &&
      attribute != "username" && attribute != "sub" && attribute != "status" &&
      attribute != "cognito:user_status") {
    const sallyport::domain::Pool pool;
    User user;
    user.attributes[attribute] = value;
    bool found = filter->Matches(pool, user);
    if (!found && value.ends_with('/')) {
      user.attributes[attribute].pop_back();
      found = filter->Matches(pool, user);
    }
    if (!found) std::abort();
  }
  return 0;
}
