#include "cli/commands/import_file.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

#include "base/encoding.h"
#include "base/nearest.h"
#include "codec/csv.h"

namespace sallyport::cli {
namespace {

constexpr std::string_view kUsernameColumn = "cognito:username";

base::Error Problem(std::string message) {
  return {"InvalidFile", std::move(message), {}};
}

base::Status CheckHeader(const std::string& path, const codec::CsvRow& header,
                         const std::vector<std::string>& known) {
  const std::string at = fmt::format("{}:{}: ", path, header.line);
  if (!header.error.empty()) return Problem(at + header.error);
  std::set<std::string> seen;
  for (const std::string& column : header.fields) {
    if (std::find(known.begin(), known.end(), column) == known.end()) {
      const std::string nearest = base::Nearest(column, known);
      return Problem(fmt::format("{}the pool has no column \"{}\"{}", at, column,
                                 nearest.empty()
                                     ? "; `sallyport user import-header` prints those it has"
                                     : fmt::format(" (did you mean {}?)", nearest)));
    }
    if (!seen.insert(column).second) {
      return Problem(fmt::format("{}the column {} is there twice", at, column));
    }
  }
  if (!seen.contains(std::string(kUsernameColumn))) {
    return Problem(fmt::format("{}the column {} is missing", at, kUsernameColumn));
  }
  return {};
}

// The server's limit.
constexpr size_t kGreatestRowBytes = 64'000;

class Checker {
 public:
  Checker(const std::string& path, const std::vector<std::string>& known)
      : path_(path), known_(known), digest_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr);
  }

  base::Status Take(std::string_view bytes) {
    EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size());
    reader_.Feed(bytes);
    return TakeRows();
  }

  base::Result<ImportFile> Finish() {
    reader_.End();
    SALLYPORT_TRY(TakeRows());
    if (!header_) return Problem(fmt::format("{}: empty, without even a header", path_));
    std::array<uint8_t, 32> hash{};
    EVP_DigestFinal_ex(digest_.get(), hash.data(), nullptr);
    file_.sha256 = base::HexEncode(hash);
    return std::move(file_);
  }

 private:
  base::Status TakeRows() {
    while (const auto row = reader_.Next()) {
      if (!header_) {
        SALLYPORT_TRY(CheckHeader(path_, *row, known_));
        header_ = true;
        continue;
      }
      ++file_.rows;
      if (!row->error.empty()) file_.bad.push_back({row->line, "", "failed", row->error});
    }
    return {};
  }

  const std::string& path_;
  const std::vector<std::string>& known_;
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest_;
  codec::CsvReader reader_{kGreatestRowBytes, codec::CsvReader::Commas::kBackslash};
  bool header_ = false;
  ImportFile file_;
};

}  // namespace

base::Result<ImportFile> CheckImportFile(const std::string& path,
                                         const std::vector<std::string>& known) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             std::fclose);
  if (!file) {
    return base::Error{
        "FileError", fmt::format("cannot read {}: {}", path, std::strerror(errno)), {}};
  }
  Checker checker(path, known);
  std::array<char, 65'536> buffer{};
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    SALLYPORT_TRY(checker.Take({buffer.data(), size}));
  }
  if (std::ferror(file.get()) != 0) {
    return base::Error{"FileError", fmt::format("cannot read {}", path), {}};
  }
  return checker.Finish();
}

}  // namespace sallyport::cli
