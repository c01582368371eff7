// The checksum of a backup. It follows the last page of the database, where SQLite does not look:
// the words "sallyport sha256", then the SHA-256 of all bytes before them.
#pragma once

#include <string>

#include "base/result.h"

namespace sallyport::store {

enum class Checksum {
  kNone,   // the file does not end with a checksum
  kRight,  // it fits the bytes before it
  kWrong,
};

// An error's message is for the administrator.
base::Result<Checksum> CheckChecksum(const std::string& path);
// Adds a checksum to a file that has none. Not durable on return.
base::Status AppendChecksum(const std::string& path);
// Removes the checksum. This is needed before SQLite writes to a backup that somebody has put in
// the place of a store by hand: SQLite would take the checksum for the beginning of a page.
base::Status CutChecksum(const std::string& path);

}  // namespace sallyport::store
