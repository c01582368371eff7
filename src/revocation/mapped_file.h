// MappedFile: shared memory that a file names, and who may be behind it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace sallyport::revocation {

// Not thread-safe, except for the memory itself.
class MappedFile {
 public:
  // Of the files that Create makes.
  static constexpr uint32_t kMode = 0644;
  // Slices that end between two can have huge pages.
  static constexpr uint64_t kHugePage = uint64_t{2} << 20;

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  // The regular file at `path` (no symbolic link), read only. Refuses one that is not `owner`'s or
  // that others may write, and a directory that CheckDirectory refuses. An empty file gives size()
  // 0 and no data.
  static base::Result<MappedFile> OpenForReading(const std::string& path, uint32_t owner);
  // The same of this process's own user, to be written.
  static base::Result<MappedFile> OpenForWriting(const std::string& path);
  // A new file, mode kMode, `size` bytes, none of them there yet: touching what Allocate has not
  // returned success for may end the process (SIGBUS). It has no name until TakeName, so that
  // nothing is left of it where it, or this process, comes to an end before. On a file system
  // without nameless files it is named `path` meanwhile, in place of whatever has that name.
  static base::Result<MappedFile> Create(const std::string& path, size_t size);
  // Gives a created file its name, `path`, in place of whatever has it. On the way it is named as
  // it was created.
  base::Status TakeName(const std::string& path);
  // Zeroed memory of this process alone, given by the kernel as it is touched.
  static base::Result<MappedFile> Anonymous(size_t size);

  // Makes [offset, offset + size) of a created file be there. The error says that there is no
  // space.
  base::Status Allocate(size_t offset, size_t size);

  // Gives the mapping back and keeps the file, for WriteAt.
  void Unmap();
  // Writes to the file itself, also where it is not mapped any more or was cut meanwhile. False:
  // the file ends before that.
  bool WriteAt(size_t offset, std::span<const uint8_t> bytes) const;

  // Of a process that called SurviveCutFiles: whether something that it writes was cut off by
  // another since this was asked last, and is its own memory since, of no file.
  static bool WasCut();
  // Where another process cuts a file short that this one has mapped to write, touching what is
  // gone ends the process (SIGBUS). From here on it finds zeros there instead. Process-wide; for
  // programs that leave SIGBUS alone.
  static void SurviveCutFiles();

  // Whether `path` names this very file.
  bool IsAt(const std::string& path) const;

  const uint8_t* data() const { return data_; }
  uint8_t* mutable_data() { return data_; }
  size_t size() const { return size_; }

 private:
  base::Status Map(int fd, int protection, const std::string& path);
  void Release();

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  int fd_ = -1;  // of a file that is mapped to be written
  dev_t device_ = 0;
  ino_t inode_ = 0;
  int watched_ = -1;     // place among the mappings that may be cut
  std::string made_as_;  // of a created file that has not taken its name
  bool nameless_ = false;
};

// Refuses a directory that anybody but `owner` and root may write, or may put another in the place
// of: it and each directory above it must be `owner`'s or root's and not be writable for group or
// others. Above it a sticky one (/tmp) will do where the next component is `owner`'s or root's.
// Links on the way count as what they lead to, and as components of where they stand. The error
// says which directory is wrong.
// Who else may enter all of them: S_IXGRP and S_IXOTH, as far as each has them.
base::Result<mode_t> CheckDirectory(const std::string& directory, uint32_t owner);
// All before the last slash; "." if there is none.
std::string DirectoryOf(const std::string& path);

}  // namespace sallyport::revocation
