// MappedFile: shared memory that a file names, and who may be behind it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace sallyport::revocation {

// Not thread-safe, except for the memory itself.
class MappedFile {
 public:
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  // The regular file at `path` (no symbolic link), read only. Refuses one that is not `owner`'s or
  // that others may write, and a directory that is neither `owner`'s nor root's or that others may
  // write. An empty file gives size() 0 and no data.
  static base::Result<MappedFile> OpenForReading(const std::string& path, uint32_t owner);
  // The same of this process's own user, to be written.
  static base::Result<MappedFile> OpenForWriting(const std::string& path);
  // A new file in place of whatever has the name, mode 0644, `size` bytes, none of them there yet:
  // touching what Allocate has not returned success for may end the process (SIGBUS).
  static base::Result<MappedFile> Create(const std::string& path, size_t size);
  // Zeroed memory of this process alone, given by the kernel as it is touched.
  static base::Result<MappedFile> Anonymous(size_t size);

  // Makes [offset, offset + size) of a created file be there. The error says that there is no
  // space.
  base::Status Allocate(size_t offset, size_t size);

  bool IsAt(const std::string& path) const;

  const uint8_t* data() const { return data_; }
  uint8_t* mutable_data() { return data_; }
  size_t size() const { return size_; }

 private:
  base::Status Map(int fd, int protection, const std::string& path);
  void Release();

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  int fd_ = -1;  // of a created file: Allocate needs it
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// Refuses a directory that is neither `owner`'s nor root's, or that others may write.
base::Status CheckDirectory(const std::string& directory, uint32_t owner);
// All before the last slash; "." if there is none.
std::string DirectoryOf(const std::string& path);

}  // namespace sallyport::revocation
