#include "domain/records/standing.h"

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "store/store.h"

namespace sallyport::domain {

base::Result<bool> RecordStands(store::Reader& reader, const std::string& key) {
  constexpr size_t kMostSeen = 4096;
  // The state in which each was there.
  thread_local std::unordered_map<std::string, uint64_t> seen;
  const uint64_t state = reader.StateOf(key);
  const auto known = seen.find(key);
  if (state != 0 && known != seen.end() && known->second == state) return true;
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return false;
  if (state != 0 && reader.StateOf(key) == state) {
    if (seen.size() >= kMostSeen) seen.clear();
    seen[key] = state;
  }
  return true;
}

}  // namespace sallyport::domain
