// Copying a whole store into another, of the same or another backend: records, index rows, log, and
// which history it is. Nobody is signed out by it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace sallyport::store {

// Present in a store that a copy is being made in: it is not to be served yet. Deleted by the
// commit that finishes the copy.
inline constexpr std::string_view kCopyingRecord = "meta/copying";

// An error for the administrator where a copy to this store was not finished.
base::Status CheckNoCopy(Store& store, const std::string& shown);

struct CopyProgress {
  uint64_t records = 0;  // looked at
  uint64_t changed = 0;  // of those, written to the target
  uint64_t entries = 0;  // of the log
};

struct CopyOptions {
  // For messages: what the two are called.
  std::string source_name;
  std::string target_name;
  // Called now and then.
  std::function<void(const CopyProgress&)> progress;
};

// Makes `target` what `source` is. Both are open, so that no server serves either. Records are
// compared, and what differs is written: a copy that was cut off is finished by another one. When
// all is there the source is marked as moved (Store::MarkRestored), so that not both of them are
// served, and then the target becomes a store. A target that is one already, of another history, is
// refused; so is a source that is known to be an older copy of itself. Errors are for the
// administrator.
base::Result<CopyProgress> CopyStore(Store& source, Store& target, const CopyOptions& options);

}  // namespace sallyport::store
