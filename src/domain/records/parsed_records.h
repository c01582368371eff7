// ParsedRecords: a cache of parsed records, by their bytes. A caller always reads the bytes first
// and gets what was parsed from exactly these bytes, so the cache can be slow or fast but never
// stale.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/result.h"

namespace sallyport::domain {

// Not thread-safe: each thread has its own.
template <typename T>
class ParsedRecords {
 public:
  // `parse(bytes)` gives Result<T>.
  template <typename Parse>
  base::Result<std::shared_ptr<const T>> Get(const std::string& key, std::string bytes,
                                             Parse parse) {
    auto found = records_.find(key);
    if (found != records_.end() && found->second.bytes == bytes) return found->second.parsed;
    base::Result<T> value = parse(std::string_view(bytes));
    if (!value) return std::move(value).error();
    auto parsed = std::make_shared<const T>(std::move(value).value());
    if (records_.size() >= kMost) records_.clear();
    records_[key] = {std::move(bytes), parsed};
    return parsed;
  }

 private:
  struct Record {
    std::string bytes;
    std::shared_ptr<const T> parsed;
  };
  // Entries are some KiB each, so this is a few MiB for each thread at most.
  static constexpr size_t kMost = 512;
  std::unordered_map<std::string, Record> records_;
};

}  // namespace sallyport::domain
