#include "main/secret_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "base/random.h"
#include "base/regular_file.h"

namespace sallyport::main {
namespace {

constexpr size_t kGreatestFile = 64 * 1024;
constexpr size_t kAgentTokenBytes = 32;

base::Error FileProblem(std::string message) {
  return {"data_directory", std::move(message), {}};
}

base::Error SystemProblem(std::string_view what, const std::string& path) {
  return FileProblem(fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

struct File {
  int fd;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

base::Status SyncDirectoryOf(const std::string& path) {
  const std::filesystem::path directory = std::filesystem::absolute(path).parent_path();
  const File file{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (file.fd < 0 || ::fsync(file.fd) != 0) return SystemProblem("cannot write", path);
  return {};
}

// Writes the whole file or nothing, even if it is interrupted. Durable on return.
base::Status WriteSecretFile(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  const File file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (file.fd < 0 ||
      ::write(file.fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file.fd) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    return SystemProblem("cannot write", path);
  }
  return SyncDirectoryOf(path);
}

void WarnIfOthersMayRead(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    base::LogWarning("other users may read a file of secrets: chmod 600", {{"path", path}});
  }
}

base::Result<std::string> ReadExisting(const std::string& path) {
  WarnIfOthersMayRead(path);
  auto text = base::ReadRegularFile(path, kGreatestFile);
  if (!text) return FileProblem("cannot read " + text.error().message);
  return text;
}

// The same for a file that somebody may be writing at this moment.
base::Result<std::string> ReadWritten(const std::string& path) {
  SALLYPORT_ASSIGN(std::string text, ReadExisting(path));
  if (text.ends_with('\n')) return text;
  base::Wipe(text);
  return FileProblem(path + ": its last line has no end, so it may be half written");
}

// The text of the file. If it does not exist, it is created with the text that `make` gives.
base::Result<std::string> ReadOrMake(const std::string& path,
                                     const std::function<std::string()>& make) {
  if (::access(path.c_str(), F_OK) == 0 || errno != ENOENT) return ReadExisting(path);
  std::string text = make();
  SALLYPORT_TRY(WriteSecretFile(path, text));
  return text;
}

std::string NewCredentials() {
  constexpr std::string_view kKeyId = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  constexpr std::string_view kSecret =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+";
  return fmt::format("[default]\naws_access_key_id = AKIA{}\naws_secret_access_key = {}\n",
                     base::RandomString(kKeyId, 16), base::RandomString(kSecret, 40));
}

std::string NewAgentToken() {
  std::string bytes(kAgentTokenBytes, '\0');
  base::RandomBytes({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
  return base::Base64UrlEncode(base::AsBytes(bytes)) + "\n";
}

std::string NewEncryptionKey() {
  std::array<uint8_t, domain::Vault::kKeyBytes> bytes{};
  base::RandomBytes(bytes);
  return base::HexEncode(bytes) + "\n";
}

std::string_view Trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

// Calls `visit` with each line that is not empty and not a comment.
void VisitLines(std::string_view text, const std::function<void(std::string_view)>& visit) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (!line.empty() && line.front() != '#') visit(line);
  }
}

using Credentials = std::unordered_map<std::string, base::Secret>;

// Collects the pairs of a credentials file, whose two halves stand in either order.
class CredentialsReader {
 public:
  base::Status Line(std::string_view line) {
    if (line.starts_with('[')) return EndProfile();
    const size_t equal = line.find('=');
    if (equal == std::string_view::npos) {
      return FileProblem("a line is neither [profile] nor name = value");
    }
    const std::string_view name = Trim(line.substr(0, equal));
    const std::string_view value = Trim(line.substr(equal + 1));
    if (name == "aws_access_key_id") return Take(id_, value, "aws_access_key_id");
    if (name == "aws_secret_access_key") return Take(secret_, value, "aws_secret_access_key");
    return {};
  }
  base::Status EndProfile() {
    if (id_.empty() && secret_.empty()) return {};
    return FileProblem(
        id_.empty() ? "an aws_secret_access_key has no aws_access_key_id beside it"
                    : fmt::format("access key {} has no aws_secret_access_key", id_.Reveal()));
  }
  Credentials& found() { return found_; }

 private:
  base::Status Take(base::Secret& half, std::string_view value, std::string_view name) {
    if (value.empty()) return FileProblem(fmt::format("{} has no value", name));
    if (!half.empty()) SALLYPORT_TRY(EndProfile());
    half = base::Secret(std::string(value));
    if (id_.empty() || secret_.empty()) return {};
    found_.insert_or_assign(std::string(id_.Reveal()), std::move(secret_));
    id_ = secret_ = base::Secret();
    return {};
  }

  base::Secret id_;
  base::Secret secret_;
  Credentials found_;
};

base::Result<Credentials> ParseCredentials(const std::string& path, std::string text) {
  CredentialsReader reader;
  base::Status status;
  VisitLines(text, [&](std::string_view line) {
    if (status) status = reader.Line(line);
  });
  base::Wipe(text);
  if (status) status = reader.EndProfile();
  if (!status) return FileProblem(path + ": " + status.error().message);
  if (reader.found().empty()) return FileProblem(path + ": contains no access key");
  return std::move(reader.found());
}

base::Result<std::vector<AgentToken>> ParseAgentTokens(const std::string& path, std::string text) {
  std::vector<AgentToken> result;
  VisitLines(text, [&result](std::string_view line) {
    const size_t space = line.find(' ');
    const std::string_view name =
        space == std::string_view::npos ? "agent" : Trim(line.substr(space));
    result.push_back({base::Secret(std::string(line.substr(0, space))), std::string(name)});
  });
  base::Wipe(text);
  if (result.empty()) return FileProblem(path + ": contains no token");
  return result;
}

}  // namespace

base::Result<std::unordered_map<std::string, base::Secret>> ReadCredentials(
    const std::string& data_directory) {
  const std::string path = data_directory + "/credentials";
  SALLYPORT_ASSIGN(std::string text, ReadOrMake(path, NewCredentials));
  return ParseCredentials(path, std::move(text));
}

base::Result<std::unordered_map<std::string, base::Secret>> ReadCredentialsAgain(
    const std::string& data_directory) {
  const std::string path = data_directory + "/credentials";
  SALLYPORT_ASSIGN(std::string text, ReadWritten(path));
  return ParseCredentials(path, std::move(text));
}

base::Result<std::unordered_map<std::string, base::Secret>> ReadCredentialsFile(
    const std::string& path) {
  SALLYPORT_ASSIGN(std::string text, ReadExisting(path));
  return ParseCredentials(path, std::move(text));
}

base::Result<base::Secret> ReadSecret(const std::string& path) {
  WarnIfOthersMayRead(path);
  std::ifstream file(path, std::ios::binary);
  if (!file) return SystemProblem("cannot open", path);
  std::string text(kGreatestFile, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  base::Secret secret{std::string(Trim(std::string_view(text).substr(0, text.find('\n'))))};
  base::Wipe(text);
  if (secret.empty()) return FileProblem(path + ": its first line is empty");
  return secret;
}

base::Result<std::vector<AgentToken>> ReadAgentTokens(const std::string& data_directory) {
  const std::string path = data_directory + "/agent-token";
  SALLYPORT_ASSIGN(std::string text, ReadOrMake(path, NewAgentToken));
  return ParseAgentTokens(path, std::move(text));
}

base::Result<std::vector<AgentToken>> ReadAgentTokensAgain(const std::string& data_directory) {
  const std::string path = data_directory + "/agent-token";
  SALLYPORT_ASSIGN(std::string text, ReadWritten(path));
  return ParseAgentTokens(path, std::move(text));
}

std::optional<std::string> AgentOf(const std::vector<AgentToken>& tokens,
                                   std::string_view presented) {
  std::optional<std::string> name;
  for (const auto& [token, agent] : tokens) {
    if (base::ConstantTimeEqual(token.Reveal(), presented)) name = agent;
  }
  return name;
}

namespace {

// Whoever can read the file can open what the store seals, and whoever can write it can stop the
// server.
base::Status CheckKeyFile(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return SystemProblem("cannot open", path);
  if (!S_ISREG(info.st_mode)) return FileProblem(path + ": the key file is not a regular file");
  if ((info.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0) {
    return FileProblem(path + ": other users may read the key file (chmod 600)");
  }
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    return FileProblem(path + ": the key file belongs to another user");
  }
  return {};
}

base::Result<std::string> ReadKeyFile(const std::string& path, store::Store& store) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
    SALLYPORT_ASSIGN(const bool bound, domain::IsBound(store));
    if (bound) {
      return FileProblem(
          path +
          ": the key file is missing, and this store opens with no other: put it back, or name it "
          "with --key-file; without it, signing keys, client secrets and SRP verifiers are lost");
    }
    return ReadOrMake(path, NewEncryptionKey);
  }
  SALLYPORT_TRY(CheckKeyFile(path));
  return ReadExisting(path);
}

base::Result<std::unique_ptr<domain::Vault>> ParseVault(const std::string& path, std::string text) {
  // Nothing may follow the key, not even on another line: if the file was confused with another
  // one, its beginning must not be taken for the key.
  const size_t end = text.find_last_not_of(" \t\r\n");
  const std::string_view digits =
      Trim(std::string_view(text).substr(0, end == std::string::npos ? 0 : end + 1));
  std::optional<std::vector<uint8_t>> key = base::HexDecode(digits);
  base::Wipe(text);
  if (!key || key->size() != domain::Vault::kKeyBytes) {
    return FileProblem(path + ": must be 64 hex digits and nothing else");
  }
  auto vault = std::make_unique<domain::Vault>(
      std::span<const uint8_t, domain::Vault::kKeyBytes>(key->data(), key->size()));
  OPENSSL_cleanse(key->data(), key->size());
  return vault;
}

}  // namespace

base::Result<std::unique_ptr<domain::Vault>> ReadVault(const std::string& path) {
  SALLYPORT_TRY(CheckKeyFile(path));
  SALLYPORT_ASSIGN(std::string text, ReadExisting(path));
  return ParseVault(path, std::move(text));
}

base::Result<std::unique_ptr<domain::Vault>> OpenVault(const std::string& path,
                                                       store::Store& store) {
  SALLYPORT_ASSIGN(std::string text, ReadKeyFile(path, store));
  SALLYPORT_ASSIGN(auto vault, ParseVault(path, std::move(text)));
  SALLYPORT_ASSIGN(const bool bound, domain::BindVault(store, *vault));
  if (!bound) {
    return FileProblem(path +
                       ": not the key under which this store was written; put that file back");
  }
  return vault;
}

}  // namespace sallyport::main
