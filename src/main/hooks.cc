#include "main/hooks.h"

#include <pwd.h>
#include <sys/types.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "hooks/https_transport.h"
#include "hooks/invoke_transport.h"
#include "hooks/runtime_api_transport.h"
#include "http/listen.h"
#include "http/worker_pool.h"
#include "main/secret_files.h"

namespace sallyport::main {
namespace {

using hooks::HookRow;
using TransportResult = base::Result<std::shared_ptr<hooks::HookTransport>>;

// A user of this host, by name or number.
base::Result<uid_t> UserOf(const std::string& name) {
  uid_t number = 0;
  const char* end = name.data() + name.size();
  const auto [rest, failed] = std::from_chars(name.data(), end, number);
  if (failed == std::errc() && rest == end) return number;
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16 * 1024);
  if (getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 && found) {
    return found->pw_uid;
  }
  return base::Error{base::code::kInvalidSetting,
                     "hook-runtime-user \"" + name + "\": this host has no such user",
                     {}};
}

base::Result<hooks::RuntimeUsers> RuntimeUsersOf(const ServeSettings& settings) {
  hooks::RuntimeUsers users{.anybody = settings.hook_runtime_anywhere, .others = {}};
  for (const std::string& name : settings.hook_runtime_users) {
    SALLYPORT_ASSIGN(const uid_t user, UserOf(name));
    users.others.push_back(user);
  }
  return users;
}

TransportResult MakeRuntime(const HookRow& row, const ServeSettings& settings,
                            boost::asio::io_context& context, const base::Clock& clock) {
  SALLYPORT_ASSIGN(hooks::RuntimeUsers users, RuntimeUsersOf(settings));
  SALLYPORT_ASSIGN(auto acceptor, http::Listen(context, row.target));
  auto transport = std::make_shared<hooks::RuntimeApiTransport>(context, std::move(acceptor),
                                                                std::move(users), clock);
  transport->Start();
  return std::shared_ptr<hooks::HookTransport>(std::move(transport));
}

TransportResult MakeInvoke(const HookRow& row, const ServeSettings& settings) {
  SALLYPORT_ASSIGN(auto credentials, ReadCredentialsFile(settings.hook_credentials_file));
  return std::shared_ptr<hooks::HookTransport>(
      hooks::MakeInvokeTransport({.endpoint = row.target,
                                  .access_key = credentials.begin()->first,
                                  .secret = std::move(credentials.begin()->second),
                                  .ca_file = settings.hook_ca_file}));
}

TransportResult MakeHttps(const HookRow& row, const ServeSettings& settings,
                          const base::Clock& clock) {
  SALLYPORT_ASSIGN(base::Secret secret, ReadSecret(settings.hook_secret_file));
  if (secret.empty()) {
    return base::Error{
        base::code::kInvalidSetting, settings.hook_secret_file + ": its first line is empty", {}};
  }
  return std::shared_ptr<hooks::HookTransport>(hooks::MakeHttpsTransport(
      {.url = row.target, .secret = std::move(secret), .ca_file = settings.hook_ca_file}, clock));
}

}  // namespace

base::Result<std::unique_ptr<hooks::ConfiguredHooks>> MakeHooks(const ServeSettings& settings,
                                                                boost::asio::io_context& context,
                                                                const base::Clock& clock,
                                                                http::Metrics& metrics) {
  std::vector<hooks::ConfiguredHooks::Entry> entries;
  // Rows with the same target share a transport, so that one runtime can run several functions.
  std::map<std::string, std::shared_ptr<hooks::HookTransport>> transports;
  for (const std::string& text : settings.hooks) {
    SALLYPORT_ASSIGN(HookRow row, hooks::ParseHookRow(text));
    std::shared_ptr<hooks::HookTransport>& transport = transports[row.transport()];
    if (!transport) {
      SALLYPORT_ASSIGN(transport, row.kind == HookRow::Kind::kRuntime
                                      ? MakeRuntime(row, settings, context, clock)
                                  : row.kind == HookRow::Kind::kInvoke
                                      ? MakeInvoke(row, settings)
                                      : MakeHttps(row, settings, clock));
    }
    entries.push_back({std::move(row), transport});
  }
  return std::make_unique<hooks::ConfiguredHooks>(
      std::move(entries),
      hooks::HookOptions{.timeout_millis = settings.hook_timeout_millis,
                         .beside = http::WorkerPool::Beside,
                         .observe = [&metrics](std::string_view transport, std::string_view outcome,
                                               double seconds) {
                           metrics.CountHook(transport, outcome, seconds);
                         }});
}

std::string DescribeHooks(const hooks::ConfiguredHooks& hooks) {
  boost::json::array list;
  for (const hooks::ConfiguredHooks::Entry& entry : hooks.entries()) {
    boost::json::object row{{"function", entry.row.function}, {"way", entry.row.transport()}};
    if (const auto* runtime =
            dynamic_cast<const hooks::RuntimeApiTransport*>(entry.transport.get())) {
      row["way"] = "runtime:" + http::Show(runtime->endpoint());
      row["runtimes"] = runtime->runtimes();
    }
    list.push_back(std::move(row));
  }
  return boost::json::serialize(boost::json::object{{"hooks", std::move(list)}});
}

}  // namespace sallyport::main
