// WitnessFile: the file `lineage` beside the database. It has two slots of 4 KiB that are written
// in turn and in place. So an interrupted write leaves the other slot intact, and a full disk
// hinders no write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/lineage.h"

namespace sallyport::store {

std::string WitnessPath(const std::string& directory);

// Used by one thread at a time.
class WitnessFile {
 public:
  // Reads the file, if it exists. An error: it exists and cannot be read.
  static base::Result<WitnessFile> Open(const std::string& directory);
  WitnessFile(WitnessFile&& other) noexcept;
  WitnessFile& operator=(WitnessFile&&) = delete;
  ~WitnessFile();

  // The file exists, whatever is in it.
  bool exists() const { return fd_ >= 0; }
  // What was written last; nullopt: there is no file, or no intact slot in it.
  const std::optional<Witness>& seen() const { return seen_; }

  // Durable on return. Precondition: seen() has a value. Error "disk_full": nothing was written.
  // After any other error it is not known what is on the disk.
  base::Status Write(const Witness& witness);
  // Creates the file, in place of what is there. Durable on return.
  base::Status Create(const Witness& witness);

 private:
  WitnessFile(std::string directory, int fd) : directory_(std::move(directory)), fd_(fd) {}

  std::string directory_;
  int fd_;  // -1: there is no file
  uint64_t count_ = 0;
  std::optional<Witness> seen_;
};

}  // namespace sallyport::store
