#include "dynamodb/credentials.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"
#include "base/regular_file.h"
#include "codec/profiles.h"

namespace sallyport::dynamodb {
namespace {

constexpr int64_t kLookAgainNanos = 10'000'000'000;
constexpr size_t kGreatestCredentialsFile = 64 * 1024;

base::Error NoCredentials(const std::string& path, std::string_view why) {
  return {base::code::kInvalidSetting, path + ": " + std::string(why), ""};
}

std::string ValueIn(const codec::ProfileSection& section, std::string_view name) {
  const auto found = section.find(name);
  return found == section.end() ? std::string() : found->second;
}

}  // namespace

base::Result<std::unique_ptr<CredentialsFile>> CredentialsFile::Open(std::string path,
                                                                     const base::Clock& clock) {
  std::unique_ptr<CredentialsFile> file(new CredentialsFile(std::move(path), clock));
  SALLYPORT_TRY(file->Read());
  return file;
}

Credentials CredentialsFile::Now() {
  const std::lock_guard lock(mutex_);
  const int64_t now = clock_.BootNanos();
  if (now < look_again_at_) return credentials_;
  look_again_at_ = now + kLookAgainNanos;
  if (const base::Status read = Read(); !read) {
    base::LogError("not reloaded: the old one stays",
                   {{"what", "credentials"}, {"cause", read.error().message}});
  }
  return credentials_;
}

base::Status CredentialsFile::Read() {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) return NoCredentials(path_, std::strerror(errno));
  const Version version{status.st_dev, status.st_ino, static_cast<uint64_t>(status.st_size),
                        status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  if (credentials_ && version == version_) return {};
  SALLYPORT_ASSIGN(const base::Secret text, base::ReadPrivateFile(path_, kGreatestCredentialsFile));
  auto sections =
      codec::ParseProfileFile(text.Reveal(), path_, codec::ProfileFileKind::kCredentials);
  if (!sections) return sections.error();
  codec::ProfileSection& section = (*sections)["profile default"];
  outgoing::AwsCredentials credentials{ValueIn(section, "aws_access_key_id"),
                                       base::Secret(ValueIn(section, "aws_secret_access_key")),
                                       base::Secret(ValueIn(section, "aws_session_token"))};
  for (auto& [name, value] : section) base::Wipe(value);
  if (credentials.access_key.empty() || credentials.secret.empty()) {
    return NoCredentials(path_, "has no aws_access_key_id with aws_secret_access_key in [default]");
  }
  credentials_ = std::make_shared<const outgoing::AwsCredentials>(std::move(credentials));
  version_ = version;
  return {};
}

}  // namespace sallyport::dynamodb
