#include "store_postgres/address.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/error_codes.h"

namespace sallyport::store::postgres {
namespace {

base::Error Refused(std::string message) {
  return {base::code::kInvalidSetting, std::move(message), {}};
}

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
struct FreeText {
  void operator()(char* text) const { PQfreemem(text); }
};

// Whether nobody can read or change what is sent: to a Unix socket, or within this machine.
bool IsHere(std::string_view host) {
  return host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost" ||
         host == "::1" || host.starts_with("127.");
}

std::vector<std::string> Parts(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    const size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

// The parameters of each host alone. libpq would try one after the other itself, and would not go
// on from one that gives no answer.
base::Result<std::vector<ConnectWords>> HostsOf(const std::map<std::string, std::string>& words) {
  constexpr std::array kLists{"host", "hostaddr", "port"};
  size_t count = 1;
  std::map<std::string, std::vector<std::string>> lists;
  for (const char* keyword : kLists) {
    const auto word = words.find(keyword);
    if (word == words.end() || word->second.empty()) continue;
    lists[keyword] = Parts(word->second);
    count = std::max(count, lists[keyword].size());
  }
  std::vector<ConnectWords> hosts(count);
  for (const auto& [keyword, value] : words) {
    const auto list = lists.find(keyword);
    for (size_t i = 0; i < count; ++i) {
      if (list == lists.end()) {
        if (!value.empty()) hosts[i].emplace_back(keyword, value);
        continue;
      }
      const std::vector<std::string>& parts = list->second;
      // One port is that of all hosts.
      if (parts.size() != count && !(keyword == "port" && parts.size() == 1)) {
        return Refused(
            "the numbers of hosts, host addresses and ports differ: name as many of each, or one "
            "port for all hosts");
      }
      const std::string& part = parts.size() == 1 ? parts[0] : parts[i];
      if (!part.empty()) hosts[i].emplace_back(keyword, part);
    }
  }
  return hosts;
}

std::string EnvironmentHas(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// As libpq does where the address does not say it.
void TakeFromEnvironment(std::map<std::string, std::string>& words) {
  constexpr std::array<std::pair<const char*, const char*>, 3> kVariables{
      {{"host", "PGHOST"}, {"hostaddr", "PGHOSTADDR"}, {"port", "PGPORT"}}};
  for (const auto& [keyword, variable] : kVariables) {
    std::string value = EnvironmentHas(variable);
    if (words[keyword].empty()) words[keyword] = std::move(value);
  }
}

}  // namespace

bool IsAddress(std::string_view text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

base::Result<Address> ParseAddress(const std::string& text, const base::Secret& password) {
  if (!IsAddress(text)) return Refused("not an address like postgresql://user@host/database");
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(text.c_str(), &problem));
  const std::unique_ptr<char, FreeText> owned(problem);
  // libpq's message may repeat the address, and a password in it.
  if (!options) return Refused("not an address that PostgreSQL's library understands");
  std::map<std::string, std::string> words;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) words[option->keyword] = option->val;
  }
  if (words.contains("password")) {
    return Refused(
        "there is a password in the address, which others can read where the process is listed: "
        "leave it out, and use --store-password-file, or PGPASSFILE or PGPASSWORD in the "
        "environment");
  }
  // Its hosts would be known to libpq alone, which would not prove who they are, and would wait for
  // one that gives no answer.
  if (words.contains("service") || !EnvironmentHas("PGSERVICE").empty()) {
    return Refused(
        "an entry of a service file (service, PGSERVICE) is not used: name the database's hosts in "
        "the address");
  }
  TakeFromEnvironment(words);
  if (!password.empty()) words["password"] = std::string(password.Reveal());
  const std::string host = words["hostaddr"].empty() ? words["host"] : words["hostaddr"];
  words.emplace("target_session_attrs", "read-write");
  words.emplace("application_name", "sallyport");
  // If sent data is not acknowledged, the kernel ends the connection after this many milliseconds;
  // by default it would take minutes.
  words.emplace("tcp_user_timeout", "10000");
  words.emplace("keepalives_idle", "10");
  words.emplace("keepalives_interval", "5");
  words.emplace("keepalives_count", "3");
  const std::vector<std::string> all = Parts(host);
  if (!std::all_of(all.begin(), all.end(), IsHere)) words.emplace("sslmode", "verify-full");
  words["client_encoding"] = "SQL_ASCII";
  Address address;
  address.shown = fmt::format("postgresql://{}{}/{}", host.empty() ? "(default host)" : host,
                              words["port"].empty() ? "" : ":" + words["port"], words["dbname"]);
  SALLYPORT_ASSIGN(address.hosts, HostsOf(words));
  return address;
}

}  // namespace sallyport::store::postgres
