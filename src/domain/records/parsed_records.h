// ParsedRecords: keeps the parsed form of records as long as their bytes stay the same. It is never
// stale: a record is read again unless the store says that no record of its kind has changed
// (Reader::StateOf).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/result.h"
#include "store/store.h"

namespace sallyport::domain {

// Not thread-safe: each thread has its own.
template <typename T>
class ParsedRecords {
 public:
  using Shared = std::shared_ptr<const T>;

  // The parsed record of that key, read by `reader`; null if there is none. `parse(bytes)` must
  // return a Result<T> that depends only on the bytes.
  template <typename Parse>
  base::Result<Shared> Get(store::Reader& reader, const std::string& key, Parse parse) {
    const uint64_t state = reader.StateOf(key);
    const auto known = records_.find(key);
    if (state != 0 && known != records_.end() && known->second.state == state) {
      return known->second.parsed;
    }
    SALLYPORT_ASSIGN(std::optional<std::string> bytes, reader.Get(key));
    if (!bytes) return Shared();
    const bool unchanged = reader.StateOf(key) == state;
    SALLYPORT_ASSIGN(Shared parsed, Parsed(key, std::move(*bytes), parse));
    // A record that is kept stays valid for the state that is noted with it, even where the present
    // state is not known.
    if (state != 0 && unchanged) records_[key].state = state;
    return parsed;
  }

  // The parsed form that the record of `key` had when this thread read it last; null: it has not,
  // or not lately. It may have changed since.
  Shared Remembered(const std::string& key) const {
    const auto known = records_.find(key);
    return known == records_.end() ? Shared() : known->second.parsed;
  }

  // The parsed form of `bytes`, which have just been read from the record of `key`.
  template <typename Parse>
  base::Result<Shared> Parsed(const std::string& key, std::string bytes, Parse parse) {
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
    Shared parsed;
    uint64_t state = 0;
  };
  // Entries are some KiB each, so this is a few MiB for each thread at most.
  static constexpr size_t kMost = 512;
  std::unordered_map<std::string, Record> records_;
};

}  // namespace sallyport::domain
