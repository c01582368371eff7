// LockFile: the file by which only one process writes a Replica.
#pragma once

#include <string>

#include "base/result.h"

namespace sallyport::revocation {

// Not thread-safe. The file is never replaced or removed, because otherwise two writers could lock
// two files of the same name.
class LockFile {
 public:
  explicit LockFile(std::string path) : path_(std::move(path)) {}
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  const std::string& path() const { return path_; }
  // Takes the lock, and lets go of the one that was taken earlier. An error leaves that one as it
  // is.
  base::Status Take();
  // The last call of Take has failed because another process holds the lock.
  bool is_anothers() const { return is_anothers_; }
  // The lock was taken, and the file still has its name.
  bool IsHeld() const;

 private:
  const std::string path_;
  int descriptor_ = -1;
  bool is_anothers_ = false;
};

}  // namespace sallyport::revocation
