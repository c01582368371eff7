#include <algorithm>

#include "dynamodb/table.h"
#include "inquiry/service.h"

namespace sallyport::inquiry {
namespace {

// By how much this host's clock may be ahead without an item losing its effect too early.
constexpr int64_t kClockGraceSeconds = 300;

// DynamoDB deletes no item whose time has been over for longer than this. So such a time, for
// instance 0, says that the item stays.
constexpr int64_t kOldestTtlSeconds = int64_t{5} * 365 * 24 * 3600;

bool HasEffect(const dynamodb::Item& item, int64_t now) {
  return !item.ttl || *item.ttl > now - kClockGraceSeconds || *item.ttl < now - kOldestTtlSeconds;
}

std::string_view ClaimOf(const Subject& subject, std::string_view name) {
  if (name == "jti") return subject.jti;
  if (name == "origin_jti") return subject.origin_jti;
  if (name == "event_id") return subject.event_id;
  if (name == "sub") return subject.sub;
  if (name == "client_id") return subject.client_id;
  if (name == "iss") return subject.iss;
  return {};
}

class Blocklist final : public Service {
 public:
  Blocklist(BlocklistOptions options, GiveCredentials credentials, const base::Clock& clock)
      : table_{options.url, options.region, options.table, options.key, options.ttl},
        look_up_(std::move(options.look_up)),
        credentials_(std::move(credentials)),
        clock_(clock) {}

  std::optional<outgoing::Call> Ask(const Subject& subject) const override {
    const std::vector<std::string> keys = KeysOf(subject);
    if (keys.empty()) return std::nullopt;
    return dynamodb::Get(table_, keys, credentials_());
  }

  Said Read(const Subject& subject, long status, const std::string& body) const override {
    const auto items = dynamodb::ReadGet(table_, KeysOf(subject), status, body);
    if (!items) return {Answer::kNone, items.error().message};
    const int64_t now = clock_.WallSeconds();
    const bool blocked =
        std::any_of(items->begin(), items->end(),
                    [now](const dynamodb::Item& item) { return HasEffect(item, now); });
    return {blocked ? Answer::kRefused : Answer::kActive};
  }

 private:
  // The claims that the token has, each once.
  std::vector<std::string> KeysOf(const Subject& subject) const {
    std::vector<std::string> keys;
    for (const std::string& name : look_up_) {
      const std::string_view claim = ClaimOf(subject, name);
      if (claim.empty() || std::find(keys.begin(), keys.end(), claim) != keys.end()) continue;
      keys.emplace_back(claim);
    }
    return keys;
  }

  const dynamodb::Table table_;
  const std::vector<std::string> look_up_;
  const GiveCredentials credentials_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<const Service> MakeBlocklist(BlocklistOptions options, GiveCredentials credentials,
                                             const base::Clock& clock) {
  return std::make_unique<Blocklist>(std::move(options), std::move(credentials), clock);
}

}  // namespace sallyport::inquiry
