#include "cli/account/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sallyport::cli {
namespace {

constexpr size_t kGreatestFile = 64 * 1024 * 1024;

base::Error SystemProblem(std::string_view what, const std::string& path) {
  return {"FileError", fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)), {}};
}

struct File {
  int fd;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

void MakeFolders(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    ::mkdir(path.substr(0, slash).c_str(), 0700);  // if it fails, opening the file will say why
  }
}

}  // namespace

base::Result<std::optional<std::string>> ReadFile(const std::string& path) {
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>();
    return SystemProblem("read", path);
  }
  std::string text;
  char buffer[65'536];
  while (true) {
    const ssize_t size = ::read(file.fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return SystemProblem("read", path);
    if (size == 0) return std::optional<std::string>(std::move(text));
    text.append(buffer, static_cast<size_t>(size));
    if (text.size() > kGreatestFile) {
      return base::Error{"FileError", fmt::format("{} is larger than 64 MiB", path), {}};
    }
  }
}

base::Status WritePrivateFile(const std::string& path, std::string_view text) {
  MakeFolders(path);
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  const File file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (file.fd < 0 || !WriteAll(file.fd, text) || ::rename(temporary.c_str(), path.c_str()) != 0) {
    return SystemProblem("write", path);
  }
  return {};
}

bool RemoveFile(const std::string& path) {
  return ::unlink(path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace sallyport::cli
