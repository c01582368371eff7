// ParsedRecords: the parsed form of records, kept while their bytes stay the same. What is kept is
// a pure function of the bytes, which the caller has just read: it can be slow or fast, never
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
  // Some KiB each: few MiB for each thread at most.
  static constexpr size_t kMost = 512;
  std::unordered_map<std::string, Record> records_;
};

}  // namespace sallyport::domain
