// WitnessFile: `lineage`, beside the database. Two slots of 4 KiB, written in turn and in place, so
// that a write that is cut off leaves the other, and a full disk stops none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/lineage.h"

namespace sallyport::store {

std::string WitnessPath(const std::string& directory);

// For one thread at a time.
class WitnessFile {
 public:
  // Reads the file, if there is one. An error: it is there and cannot be read.
  static base::Result<WitnessFile> Open(const std::string& directory);
  WitnessFile(WitnessFile&& other) noexcept;
  WitnessFile& operator=(WitnessFile&&) = delete;
  ~WitnessFile();

  // There is a file of this name, whatever is in it.
  bool exists() const { return fd_ >= 0; }
  // What was written last; nullopt: no file, or no whole slot in it.
  const std::optional<Witness>& seen() const { return seen_; }

  // Durable on return. Precondition: seen(). Error "disk_full": nothing was written; any other: it
  // is not known what is on the disk.
  base::Status Write(const Witness& witness);
  // A new file in place of what is there, if anything. Durable on return.
  base::Status Create(const Witness& witness);

 private:
  WitnessFile(std::string directory, int fd) : directory_(std::move(directory)), fd_(fd) {}

  std::string directory_;
  int fd_;  // -1: no file
  uint64_t count_ = 0;
  std::optional<Witness> seen_;
};

}  // namespace sallyport::store
