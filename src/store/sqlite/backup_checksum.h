// The checksum of a backup: behind the last page of the database, where SQLite does not look, stand
// the words "sallyport sha256" and the SHA-256 of all bytes before them.
#pragma once

#include <string>

#include "base/result.h"

namespace sallyport::store {

enum class Checksum {
  kNone,   // the file does not end with one
  kRight,  // of the bytes before it
  kWrong,
};

// Errors carry a message for the administrator.
base::Result<Checksum> CheckChecksum(const std::string& path);
// To a file that has none. Not durable on return.
base::Status AppendChecksum(const std::string& path);
// From a backup that was put in the place of a store by hand, before SQLite writes to it: it would
// take the checksum for the beginning of a page.
base::Status CutChecksum(const std::string& path);

}  // namespace sallyport::store
