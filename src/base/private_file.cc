#include "base/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error_codes.h"

namespace sallyport::base {
namespace {

Error NotReadable(const std::string& path, const char* why) {
  return {code::kInvalidSetting, path + ": " + why, ""};
}

class OpenedFile {
 public:
  explicit OpenedFile(const std::string& path)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenedFile() {
    if (number_ >= 0) close(number_);
  }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

}  // namespace

Result<Secret> ReadPrivateFile(const std::string& path, size_t greatest_bytes) {
  const OpenedFile file(path);
  struct stat status {};
  // The mode of the file that was opened, and not of one that has its name meanwhile.
  if (file.number() < 0 || fstat(file.number(), &status) != 0) {
    return NotReadable(path, std::strerror(errno));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return NotReadable(path, "others may read it (use mode 0600)");
  }
  std::string text(greatest_bytes + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.number(), text.data() + size, text.size() - size);
    if (got < 0) return NotReadable(path, std::strerror(errno));
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > greatest_bytes) return NotReadable(path, "is too long");
  text.resize(size);
  return Secret(std::move(text));
}

}  // namespace sallyport::base
