#include "store_postgres/names.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace sallyport::store::postgres {
namespace {

constexpr std::string_view kHostKeyword = "host";
constexpr std::string_view kAddressKeyword = "hostaddr";

std::string WordIn(const ConnectWords& words, std::string_view keyword) {
  for (const auto& [name, value] : words) {
    if (name == keyword) return value;
  }
  return {};
}

// Not the directory of a Unix socket.
bool IsName(const std::string& host) {
  return !host.empty() && host.front() != '/' && host.front() != '@';
}

}  // namespace

std::vector<std::string> LookUpName(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &wanted, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
      continue;
    }
    const std::string address(text.data());
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
      addresses.push_back(address);
    }
  }
  return addresses;
}

std::vector<ConnectWords> ForEachAddress(const ConnectWords& host, size_t first,
                                         const LookUp& look_up) {
  const std::string name = WordIn(host, kHostKeyword);
  if (!IsName(name) || !WordIn(host, kAddressKeyword).empty()) return {host};
  const std::vector<std::string> addresses = look_up(name);
  if (addresses.empty()) return {host};
  std::vector<ConnectWords> each;
  for (size_t i = 0; i < addresses.size(); ++i) {
    each.push_back(At(host, addresses[(first + i) % addresses.size()]));
  }
  return each;
}

ConnectWords At(ConnectWords host, const std::string& address) {
  if (!address.empty() && WordIn(host, kAddressKeyword).empty()) {
    host.emplace_back(kAddressKeyword, address);
  }
  return host;
}

}  // namespace sallyport::store::postgres
