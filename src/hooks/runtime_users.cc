#include "hooks/runtime_users.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/socket_owner.h"

namespace sallyport::hooks {

std::optional<std::string> WhyNotServed(int fd, const RuntimeUsers& users) {
  if (users.anybody) return std::nullopt;
  const base::Result<uid_t> owner = base::OwnerOfOtherEnd(fd);
  if (!owner) return owner.error().cause;
  const auto& others = users.others;
  if (*owner == geteuid() || std::find(others.begin(), others.end(), *owner) != others.end()) {
    return std::nullopt;
  }
  return fmt::format("it is of user {}", *owner);
}

}  // namespace sallyport::hooks
