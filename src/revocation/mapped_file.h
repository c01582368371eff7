// MappedFile: memory that is shared by means of a file, with checks of who could have changed it.
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
  // The mode of files that Create makes.
  static constexpr uint32_t kMode = 0644;
  // Ranges that end at a multiple of this can get huge pages.
  static constexpr uint64_t kHugePage = uint64_t{2} << 20;

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  // Opens the regular file `path` (not a symbolic link) for reading. Refuses a file that does not
  // belong to `owner` or that others may write, and a directory that CheckDirectory refuses. An
  // empty file gives size() 0 and no data.
  static base::Result<MappedFile> OpenForReading(const std::string& path, uint32_t owner);
  // Opens a file of this process's own user for writing, with the same checks.
  static base::Result<MappedFile> OpenForWriting(const std::string& path);
  // Creates a new file with mode kMode and `size` bytes. None of the bytes is allocated yet:
  // touching a part for which Allocate has not succeeded may end the process (SIGBUS). The file has
  // no name until TakeName, so that nothing is left of it if this process ends before. On a file
  // system without nameless files it is named `path` meanwhile, replacing a file of that name.
  static base::Result<MappedFile> Create(const std::string& path, size_t size);
  // Gives a created file its final name `path`, replacing a file of that name. For a moment it also
  // has the name with which it was created.
  base::Status TakeName(const std::string& path);
  // Zeroed memory of this process alone, which the kernel provides as it is touched.
  static base::Result<MappedFile> Anonymous(size_t size);

  // Allocates [offset, offset + size) of a created file. An error says that there is no space.
  base::Status Allocate(size_t offset, size_t size);

  // Removes the mapping but keeps the file open, for WriteAt.
  void Unmap();
  // Writes to the file, even if it is not mapped any more or was truncated meanwhile. False: the
  // file ends before that place.
  bool WriteAt(size_t offset, std::span<const uint8_t> bytes) const;

  // For a process that has called SurviveCutFiles: whether, since the last call, another process
  // has truncated a file that this one writes to; since then the missing part is private memory and
  // belongs to no file.
  static bool WasCut();
  // Touching a part of a mapping whose file was truncated normally ends the process (SIGBUS). After
  // this call such a part reads as zeros instead, in mappings for writing. It affects the whole
  // process, so it is only for programs that do not use SIGBUS themselves.
  static void SurviveCutFiles();

  // Whether `path` still names this file.
  bool IsAt(const std::string& path) const;

  const uint8_t* data() const { return data_; }
  uint8_t* mutable_data() { return data_; }
  size_t size() const { return size_; }

 private:
  base::Status Map(int fd, int protection, const std::string& path);
  void Release();

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  int fd_ = -1;  // of a file that is mapped for writing
  dev_t device_ = 0;
  ino_t inode_ = 0;
  int watched_ = -1;     // its place among the mappings that may be truncated
  std::string made_as_;  // the name of a created file that does not have its final name yet
  bool nameless_ = false;
};

// Refuses a directory that anybody except `owner` and root could write to or replace. The directory
// and each one above it must belong to `owner` or root and must not be writable for group or
// others. A directory above may be a sticky one (/tmp), if the next component belongs to `owner` or
// root. A symbolic link on the way is checked both as a component of its directory and by what it
// leads to. The error says which directory is wrong. Gives who else may enter all of the
// directories: S_IXGRP and S_IXOTH, where every one of them has the bit.
base::Result<mode_t> CheckDirectory(const std::string& directory, uint32_t owner);
// Everything before the last slash; "." if there is none.
std::string DirectoryOf(const std::string& path);

}  // namespace sallyport::revocation
