// Whether a record still exists: for records that a commit has to check again and that seldom
// change.
#pragma once

#include <string>

#include "base/result.h"

namespace sallyport::store {
class Reader;
}

namespace sallyport::domain {

// Reads the record only if one of its kind may have changed since this thread has seen it
// (Reader::StateOf).
base::Result<bool> RecordStands(store::Reader& reader, const std::string& key);

}  // namespace sallyport::domain
