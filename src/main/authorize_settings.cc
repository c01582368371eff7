#include "main/authorize_settings.h"

#include "base/error_codes.h"

namespace sallyport::main {
namespace {

constexpr uint32_t kMostThreads = 64;
constexpr uint32_t kMostCachedTokens = 16 * 1024 * 1024;
constexpr uint32_t kMostConnections = 65'536;

}  // namespace

SettingTable AuthorizeTable(ext_authz::Options& options) {
  return {
      ListSetting("authorize", "ADDRESS",
                  "Where proxies ask GET /authorize/NAME: HOST:PORT on loopback, or unix:PATH.",
                  &options.listen),
      TextSetting("authorize-rules", "FILE", "The rules by name. SIGHUP reads it again.",
                  &options.rules_file),
      TextSetting("authorize-group", "GROUP",
                  "Whose members may use the Unix sockets of --authorize, besides this user.",
                  &options.socket_group),
      NumberSetting("authorize-threads", "NUMBER",
                    "How many threads answer proxies; 0: as many as cores, at most 4.", 0,
                    kMostThreads, &options.threads),
      NumberSetting("authorize-cache", "TOKENS",
                    "How many verified tokens each of these threads caches, about 3 KB each.", 0,
                    kMostCachedTokens, &options.cache_tokens),
      NumberSetting("authorize-connections", "NUMBER",
                    "How many connections of proxies are open at most; of more, the one that is "
                    "idle for the longest time is closed.",
                    1, kMostConnections, &options.connections),
  };
}

base::Result<bool> IsAuthorizing(const ext_authz::Options& options) {
  const ext_authz::Options standard;
  if (!options.listen.empty()) {
    if (!options.rules_file.empty()) return true;
    return base::Error{
        base::code::kInvalidSetting,
        "agent: --authorize needs --authorize-rules, which say which tokens are accepted", ""};
  }
  const bool is_idle = !options.rules_file.empty() || !options.socket_group.empty() ||
                       options.threads != standard.threads ||
                       options.cache_tokens != standard.cache_tokens ||
                       options.connections != standard.connections;
  if (!is_idle) return false;
  return base::Error{
      base::code::kInvalidSetting,
      "agent: settings that begin with authorize- have no effect without --authorize, "
      "which says where proxies ask",
      ""};
}

}  // namespace sallyport::main
