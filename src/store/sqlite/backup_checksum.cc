#include "store/sqlite/backup_checksum.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "store/sqlite/schema.h"

namespace sallyport::store {
namespace {

// It is shorter than a page, and SQLite counts only whole pages, according to the header.
constexpr std::string_view kChecksumWords = "sallyport sha256";
constexpr size_t kDigestBytes = 32;
constexpr uint64_t kTrailerBytes = kChecksumWords.size() + kDigestBytes;
// SQLite's smallest page: a file that consists of whole pages has no checksum at its end.
constexpr uint64_t kLeastPageBytes = 512;
constexpr size_t kPieceBytes = 1024 * 1024;

base::Error ChecksumProblem(const std::string& path) {
  return Unusable(fmt::format("{}: {}", path, std::strerror(errno)));
}

class BackupFile {
 public:
  static base::Result<BackupFile> Open(const std::string& path, int flags) {
    BackupFile file(path, ::open(path.c_str(), flags | O_CLOEXEC));
    struct stat status {};
    if (file.fd_ < 0 || ::fstat(file.fd_, &status) != 0) return ChecksumProblem(path);
    file.size_ = static_cast<uint64_t>(status.st_size);
    return file;
  }
  BackupFile(BackupFile&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
  BackupFile& operator=(BackupFile&&) = delete;
  ~BackupFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  uint64_t size() const { return size_; }

  base::Status Read(uint64_t at, char* bytes, size_t size) const {
    while (size > 0) {
      const ssize_t read = ::pread(fd_, bytes, size, static_cast<off_t>(at));
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return ChecksumProblem(path_);
      if (read == 0) return Unusable(path_ + ": became shorter while it was read");
      at += static_cast<uint64_t>(read);
      bytes += read;
      size -= static_cast<size_t>(read);
    }
    return {};
  }

  // Of the first `size` bytes.
  base::Result<std::string> Digest(uint64_t size) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                         &EVP_MD_CTX_free);
    const base::Error failed = base::InternalError("SHA-256 failed");
    if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) return failed;
    std::vector<char> piece(kPieceBytes);
    for (uint64_t at = 0; at < size;) {
      const size_t length = static_cast<size_t>(std::min<uint64_t>(piece.size(), size - at));
      SALLYPORT_TRY(Read(at, piece.data(), length));
      if (EVP_DigestUpdate(digest.get(), piece.data(), length) != 1) return failed;
      at += length;
    }
    std::string bytes(kDigestBytes, '\0');
    if (EVP_DigestFinal_ex(digest.get(), reinterpret_cast<uint8_t*>(bytes.data()), nullptr) != 1) {
      return failed;
    }
    return bytes;
  }

  // Where the checksum is, whether right or wrong, if the file ends with one.
  base::Result<std::optional<uint64_t>> FindTrailer() const {
    if (size_ < kTrailerBytes) return std::optional<uint64_t>();
    const uint64_t at = size_ - kTrailerBytes;
    std::string words(kChecksumWords.size(), '\0');
    SALLYPORT_TRY(Read(at, words.data(), words.size()));
    return words == kChecksumWords ? std::optional<uint64_t>(at) : std::nullopt;
  }

  base::Status Cut(uint64_t size) const {
    if (::ftruncate(fd_, static_cast<off_t>(size)) == 0 && ::fsync(fd_) == 0) return {};
    return ChecksumProblem(path_);
  }

  base::Status Append(std::string_view bytes) const {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written == static_cast<ssize_t>(bytes.size())) return {};
    if (written >= 0) errno = ENOSPC;
    return ChecksumProblem(path_);
  }

 private:
  BackupFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_;
  uint64_t size_ = 0;
};

}  // namespace

base::Result<Checksum> CheckChecksum(const std::string& path) {
  SALLYPORT_ASSIGN(const BackupFile file, BackupFile::Open(path, O_RDONLY));
  SALLYPORT_ASSIGN(const auto at, file.FindTrailer());
  if (!at) return Checksum::kNone;
  std::string written(kDigestBytes, '\0');
  SALLYPORT_TRY(file.Read(*at + kChecksumWords.size(), written.data(), written.size()));
  SALLYPORT_ASSIGN(const std::string digest, file.Digest(*at));
  return written == digest ? Checksum::kRight : Checksum::kWrong;
}

base::Status AppendChecksum(const std::string& path) {
  SALLYPORT_ASSIGN(const BackupFile file, BackupFile::Open(path, O_RDWR));
  SALLYPORT_ASSIGN(const std::string digest, file.Digest(file.size()));
  return file.Append(std::string(kChecksumWords) + digest);
}

base::Status CutChecksum(const std::string& path) {
  SALLYPORT_ASSIGN(const BackupFile file, BackupFile::Open(path, O_RDWR | O_NOFOLLOW));
  SALLYPORT_ASSIGN(const auto at, file.FindTrailer());
  return at && *at % kLeastPageBytes == 0 ? file.Cut(*at) : base::Status();
}

}  // namespace sallyport::store
