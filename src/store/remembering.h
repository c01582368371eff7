// Remembering: reads each record once, for a call that needs the same ones in several places.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace sallyport::store {

// What it gives may be as old as the first read of that record. So it is for what a commit checks
// again, or what is judged by a later read. Used by one thread.
class Remembering final : public Reader {
 public:
  explicit Remembering(Reader& reader) : reader_(reader) {}

  base::Result<std::optional<std::string>> Get(std::string_view key) override {
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    SALLYPORT_ASSIGN(std::optional<std::string> value, reader_.Get(key));
    known_.emplace(key, value);
    return value;
  }
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override {
    return reader_.List(index, prefix, after, limit);
  }
  base::Result<IndexCount> CountOf(std::string_view index) override {
    return reader_.CountOf(index);
  }
  // Everything is read anew from here on.
  void Forget() { known_.clear(); }

 private:
  Reader& reader_;
  std::map<std::string, std::optional<std::string>, std::less<>> known_;
};

}  // namespace sallyport::store
