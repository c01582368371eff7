#include "cli/commands/export.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cli/account/files.h"
#include "cli/commands/import.h"
#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"
#include "codec/csv.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

constexpr int kPage = 60;  // the most that ListUsers gives

class Export {
 public:
  explicit Export(Invocation& invocation)
      : invocation_(invocation),
        path_(invocation.Word(0)),
        part_(path_ + ".part"),
        state_path_(path_ + ".part.json"),
        filter_(invocation.arguments().Get("filter").value_or("")) {}
  ~Export() {
    if (fd_ >= 0) ::close(fd_);
  }
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;

  base::Result<int> Run() {
    SALLYPORT_ASSIGN(pool_, invocation_.Pool());
    SALLYPORT_ASSIGN(columns_, ImportColumns(invocation_));
    if (invocation_.arguments().Has("resume")) {
      SALLYPORT_TRY(Resume());
    } else {
      SALLYPORT_TRY(Begin());
    }
    SALLYPORT_TRY(WritePages());
    if (::fsync(fd_) != 0 || ::rename(part_.c_str(), path_.c_str()) != 0) return Problem("write");
    RemoveFile(state_path_);
    Say(fmt::format("{} users in {}", users_, path_));
    return kExitDone;
  }

 private:
  base::Error Problem(std::string_view what) const {
    return {"FileError", fmt::format("cannot {} {}: {}", what, part_, std::strerror(errno)), {}};
  }

  base::Status Begin() {
    ::unlink(part_.c_str());
    // Only the person who exports may read the file, until they pass it on.
    fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd_ < 0) return Problem("write");
    std::string header;
    for (const std::string& column : columns_) {
      if (!header.empty()) header += ',';
      header += codec::CsvField(column);
    }
    return Append(header + "\r\n");
  }

  // Continues after the last complete page; what was written after that is written again.
  base::Status Resume() {
    SALLYPORT_ASSIGN(const auto text, ReadFile(state_path_));
    const base::Error nothing{
        "NothingToResume",
        fmt::format("no export to {} was interrupted after its first page", path_),
        {}};
    if (!text) return nothing;
    json::error_code error;
    const json::value value = json::parse(*text, error);
    if (error || !value.is_object()) return nothing;
    const json::object& state = value.as_object();
    token_ = TextAt(state, "token");
    size_ = NumberAt(state, "size");
    users_ = NumberAt(state, "users");
    if (state != State()) {
      return base::Error{"NothingToResume",
                         "the interrupted export was of another pool, server, filter or schema",
                         {}};
    }
    fd_ = ::open(part_.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0 || ::lseek(fd_, 0, SEEK_END) < size_) return nothing;
    if (::ftruncate(fd_, size_) != 0 || ::lseek(fd_, size_, SEEK_SET) != size_) {
      return Problem("write");
    }
    Say(fmt::format("continuing after {} users", users_));
    return {};
  }

  json::object State() const {
    json::array columns;
    for (const std::string& column : columns_) columns.emplace_back(column);
    return {{"endpoint", invocation_.configuration().endpoint},
            {"pool", pool_},
            {"filter", filter_},
            {"columns", std::move(columns)},
            {"token", token_},
            {"size", size_},
            {"users", users_}};
  }

  base::Status Append(std::string_view text) {
    size_ += static_cast<int64_t>(text.size());
    while (!text.empty()) {
      const ssize_t size = ::write(fd_, text.data(), text.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return Problem("write");
      text.remove_prefix(static_cast<size_t>(size));
    }
    return {};
  }

  // About how many users there are; 0: not known.
  uint64_t Estimate() {
    const auto pool = invocation_.Call("DescribeUserPool", {{"UserPoolId", pool_}});
    if (!pool || !filter_.empty()) return 0;
    const int64_t count = NumberAt(*pool, "UserPool.EstimatedNumberOfUsers");
    return count > 0 ? static_cast<uint64_t>(count) : 0;
  }

  base::Status WritePages() {
    Progress progress("exporting");
    const uint64_t total = Estimate();
    while (true) {
      json::object input = {{"UserPoolId", pool_}, {"Limit", kPage}};
      if (!filter_.empty()) input["Filter"] = filter_;
      if (!token_.empty()) input["PaginationToken"] = token_;
      SALLYPORT_ASSIGN(const json::object answer, invocation_.Call("ListUsers", input));
      SALLYPORT_TRY(WritePage(answer));
      token_ = TextAt(answer, "PaginationToken");
      progress.Show(static_cast<uint64_t>(users_), total);
      if (token_.empty()) return {};
      SALLYPORT_TRY(WritePrivateFile(state_path_, json::serialize(State())));
    }
  }

  base::Status WritePage(const json::object& answer) {
    const json::value* users = At(answer, "Users");
    if (!users || !users->is_array()) return {};
    std::string rows;
    for (const json::value& user : users->as_array()) {
      if (!user.is_object()) continue;
      rows += ExportRow(columns_, user.as_object());
      ++users_;
    }
    return Append(rows);
  }

  Invocation& invocation_;
  const std::string path_;
  const std::string part_;
  const std::string state_path_;
  const std::string filter_;
  int fd_ = -1;
  std::string pool_;
  std::vector<std::string> columns_;
  std::string token_;
  int64_t size_ = 0;
  int64_t users_ = 0;
};

}  // namespace

std::string ExportRow(const std::vector<std::string>& columns, const json::object& user) {
  const json::value* mfa = At(user, "MFAOptions");
  const bool has_mfa = mfa && mfa->is_array() && !mfa->as_array().empty();
  std::string row;
  for (const std::string& column : columns) {
    if (&column != columns.data()) row += ',';
    if (column == "cognito:username") {
      row += codec::CsvField(TextAt(user, "Username"));
    } else if (column == "cognito:mfa_enabled") {
      row += has_mfa ? "true" : "false";
    } else {
      row += codec::CsvField(AttributeIn(At(user, "Attributes"), column));
    }
  }
  return row + "\r\n";
}

base::Result<int> ExportUsers(Invocation& invocation) {
  WatchForInterrupt();
  auto code = Export(invocation).Run();
  if (!code && code.error().code == kInterrupted) {
    base::Error error = code.error();
    error.message += "; --resume continues it";
    return error;
  }
  return code;
}

}  // namespace sallyport::cli
