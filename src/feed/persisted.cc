#include "feed/persisted.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "feed/lease_table.h"

namespace sallyport::feed {
namespace {

constexpr std::string_view kGreatestTtl = "meta/feed/greatest_ttl_millis";

base::Status Change(store::Store& store, const std::function<base::Status(store::Tx&)>& fn) {
  // Allowed even on a full disk, because without it no lease could be granted.
  SALLYPORT_ASSIGN(store::Committed committed, store.UpdateRevoking(fn));
  return std::move(committed.outcome);
}

}  // namespace

base::Result<uint32_t> ReadGreatestTtl(store::Reader& reader) {
  SALLYPORT_ASSIGN(const std::optional<std::string> text, reader.Get(kGreatestTtl));
  if (!text) return 0u;
  uint32_t millis = 0;
  const char* const end = text->data() + text->size();
  const auto [parsed, error] = std::from_chars(text->data(), end, millis);
  // If this were taken for "none", leases of an earlier server would be forgotten.
  if (error != std::errc() || parsed != end) {
    return base::InternalError("feed: the greatest TTL is not a number");
  }
  return millis;
}

base::Status RaiseGreatestTtl(store::Store& store, uint32_t ttl_millis) {
  return Change(store, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(uint32_t greatest, ReadGreatestTtl(tx));
    if (greatest >= ttl_millis) return {};
    return tx.Put(kGreatestTtl, std::to_string(ttl_millis), {});
  });
}

base::Result<int64_t> HoldMillis(store::Store& store, uint32_t ttl_millis) {
  SALLYPORT_ASSIGN(const uint32_t recorded, ReadGreatestTtl(store));
  const uint32_t greatest = std::max(recorded, store.WitnessedTtl());
  if (greatest == 0) return 0;
  const int64_t held = std::max(greatest, ttl_millis);
  return held + MarginMillis(held);
}

}  // namespace sallyport::feed
