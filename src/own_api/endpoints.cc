#include <array>
#include <ctime>

#include "domain/errors.h"
#include "own_api/agents.h"
#include "own_api/bulk_cut_off.h"
#include "own_api/endpoint.h"
#include "own_api/keys.h"
#include "own_api/lock_outs.h"

namespace sallyport::own_api {
namespace {

constexpr std::array kEndpoints{kAgents, kBulkCutOff, kKeys, kLockOuts};

}  // namespace

const Endpoint* FindEndpoint(std::string_view path) {
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.path == path) return &endpoint;
  }
  return nullptr;
}

base::Status CheckTexts(const boost::json::object& body,
                        std::initializer_list<std::string_view> members) {
  for (const std::string_view name : members) {
    const boost::json::value* value = body.if_contains(name);
    if (value != nullptr && !value->is_string()) return domain::error::kMemberNotText(name);
  }
  return {};
}

std::string IsoTime(int64_t millis) {
  const std::time_t seconds = millis / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

}  // namespace sallyport::own_api
