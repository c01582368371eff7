#include "base/regular_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/secret.h"

namespace sallyport::base {
namespace {

Error Problem(const std::string& path, std::string_view what) {
  return {code::kInvalidSetting, fmt::format("{}: {}", path, what), {}};
}

struct File {
  int fd;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

Status CheckStatus(const std::string& path, int failed, const struct stat& info) {
  if (failed != 0) return Problem(path, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return Problem(path, "this is not a regular file");
  return {};
}

// Reads the file that was opened, if it may be read: a file that has its name meanwhile does not
// matter.
Result<std::string> ReadOpened(const std::string& path, size_t greatest, bool must_be_private) {
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return Problem(path, std::strerror(errno));
  struct stat info {};
  SALLYPORT_TRY(CheckStatus(path, ::fstat(file.fd, &info), info));
  if (must_be_private && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Problem(path, "others may read it (use mode 0600)");
  }
  std::string text(greatest + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t read = ::read(file.fd, text.data() + size, text.size() - size);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return Problem(path, std::strerror(errno));
    if (read == 0) break;
    size += static_cast<size_t>(read);
  }
  if (size > greatest) {
    Wipe(text);
    return Problem(path, fmt::format("this file has more than {} bytes", greatest));
  }
  text.resize(size);
  return text;
}

}  // namespace

Status RequireRegularFile(const std::string& path) {
  struct stat info {};
  return CheckStatus(path, ::stat(path.c_str(), &info), info);
}

Result<std::string> ReadRegularFile(const std::string& path, size_t greatest) {
  return ReadOpened(path, greatest, false);
}

Result<Secret> ReadPrivateFile(const std::string& path, size_t greatest) {
  SALLYPORT_ASSIGN(std::string text, ReadOpened(path, greatest, true));
  return Secret(std::move(text));
}

}  // namespace sallyport::base
