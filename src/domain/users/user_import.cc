#include "domain/users/user_import.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/error_codes.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/errors.h"
#include "domain/keys/vault.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr int64_t kGreatestSort = 9'999'999'999'999'999;
constexpr size_t kFailurePageBytes = 1024 * 1024;
constexpr size_t kFailuresRead = 16;

std::vector<store::IndexRow> RowsOf(const UserImportJob& job) {
  std::vector<store::IndexRow> rows{
      {std::string(kUserImports),
       job.pool_id + "/" + SortableMillis(kGreatestSort - job.created_millis)}};
  if (job.status == kImportCreated) {
    rows.push_back({std::string(kUserImportQueue), "wait/" + SortableMillis(job.since_millis)});
  } else if (job.completed_millis == 0) {
    rows.push_back({std::string(kUserImportQueue), "run/" + SortableMillis(job.started_millis)});
  }
  return rows;
}

std::string FailurePrefix(const UserImportJob& job) {
  return job.pool_id + "/" + job.id + "/";
}

constexpr auto kImportJobRecord = RecordOf<UserImportJob>(
    Member("Id", &UserImportJob::id), Member("PoolId", &UserImportJob::pool_id),
    Member("Name", &UserImportJob::name), Member("RoleArn", &UserImportJob::role_arn),
    Member("HashingAlgorithm", &UserImportJob::hashing_algorithm),
    Member("Status", &UserImportJob::status), Member("Created", &UserImportJob::created_millis),
    // For records of older versions the watched time begins at the time of day.
    MemberOr("Since", &UserImportJob::since_millis, "Created"),
    Member("Started", &UserImportJob::started_millis),
    Member("Completed", &UserImportJob::completed_millis),
    Member("Imported", &UserImportJob::imported), Member("Skipped", &UserImportJob::skipped),
    Member("Failed", &UserImportJob::failed),
    Member("CompletionMessage", &UserImportJob::completion_message),
    Member("File", &UserImportJob::file), Member("Rows", &UserImportJob::rows));

std::string Signature(const Services& services, std::string_view job_id, int64_t expires) {
  const std::string mac =
      services.vault.Mac("user-import-url", fmt::format("{}/{}", job_id, expires));
  return base::HexEncode(base::AsBytes(mac));
}

int64_t UrlExpires(const UserImportJob& job) {
  return (job.created_millis + kImportUrlMillis) / 1000;
}

std::string UrlQuery(const Services& services, const UserImportJob& job) {
  const int64_t expires = UrlExpires(job);
  return fmt::format("expires={}&signature={}", expires, Signature(services, job.id, expires));
}

base::Error DiskError(std::string_view doing, std::string_view path) {
  std::string cause = fmt::format("{} {}: {}", doing, path, std::strerror(errno));
  if (errno == ENOSPC || errno == EDQUOT) return store::DiskFullError(std::move(cause));
  return base::InternalError(std::move(cause));
}

std::string PathOf(const Services& services, const std::string& name) {
  return services.settings.import_directory + "/" + name;
}

}  // namespace

std::string UserImportKey(std::string_view job_id) {
  return "user-import/" + std::string(job_id);
}

base::Result<UserImportJob> ParseUserImportJob(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  return kImportJobRecord.Read(record);
}

base::Result<UserImportJob> GetUserImportJob(store::Reader& reader, std::string_view job_id) {
  const std::string key = UserImportKey(job_id);
  SALLYPORT_ASSIGN(const auto bytes, reader.Get(key));
  if (!bytes) return error::kNoSuchImportJob(job_id);
  return ParseUserImportJob(key, *bytes);
}

base::Result<UserImportJob> GetUserImportJob(store::Reader& reader, std::string_view pool_id,
                                             std::string_view job_id) {
  SALLYPORT_ASSIGN(UserImportJob job, GetUserImportJob(reader, job_id));
  if (job.pool_id != pool_id) return error::kNoSuchImportJob(job_id);
  return job;
}

base::Status PutUserImportJob(store::Tx& tx, const UserImportJob& job) {
  return tx.Put(UserImportKey(job.id), json::serialize(kImportJobRecord.Write(job)), RowsOf(job));
}

void EndUserImport(UserImportJob& job, std::string_view status, std::string_view message,
                   int64_t now_millis) {
  job.status = status;
  job.completion_message = message;
  job.completed_millis = now_millis;
  job.file.clear();
}

std::string UserImportUrl(const Services& services, const UserImportJob& job) {
  return fmt::format("{}/_sallyport/import/{}?{}", services.settings.public_url, job.id,
                     UrlQuery(services, job));
}

base::Status CheckUserImportUrl(const Services& services, const UserImportJob& job,
                                std::string_view query) {
  if (!base::ConstantTimeEqual(query, UrlQuery(services, job))) {
    return error::kImportUrlSignature();
  }
  if (services.clock.WallSeconds() >= UrlExpires(job)) {
    return error::kImportUrlExpired();
  }
  return {};
}

base::Result<UserImportFile> UserImportFile::Create(const Services& services,
                                                    std::string_view job_id) {
  const std::string& directory = services.settings.import_directory;
  if (directory.empty()) return base::InternalError("no import directory");
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return DiskError("make", directory);
  }
  std::string name =
      fmt::format("{}.{}.csv", job_id, base::RandomString(base::kLowerAlphanumeric, 8));
  const std::string path = PathOf(services, name);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return DiskError("make", path);
  return UserImportFile(directory, std::move(name), fd);
}

UserImportFile::UserImportFile(UserImportFile&& other) noexcept
    : directory_(std::move(other.directory_)),
      name_(std::move(other.name_)),
      fd_(std::exchange(other.fd_, -1)),
      given_(other.given_) {}

UserImportFile::~UserImportFile() {
  if (fd_ < 0) return;
  close(fd_);
  if (!given_) unlink((directory_ + "/" + name_).c_str());
}

base::Status UserImportFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return DiskError("write", name_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

base::Status UserImportFile::Sync() {
  if (fsync(fd_) != 0) return DiskError("sync", name_);
  // If the wall clock has run ahead, a file that is being uploaded may look old and be deleted.
  struct stat status {};
  if (fstat(fd_, &status) != 0) return DiskError("look at", name_);
  if (status.st_nlink == 0)
    return base::InternalError(name_ + " was deleted while its file was written");
  const int directory = open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return DiskError("open", directory_);
  const bool synced = fsync(directory) == 0;
  close(directory);
  if (!synced) return DiskError("sync", directory_);
  return {};
}

base::Status UserImportFile::Give(const Services& services, std::string_view job_id) {
  SALLYPORT_TRY(Sync());
  std::string before;
  const auto give = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(UserImportJob job, GetUserImportJob(tx, job_id));
    if (job.status != kImportCreated) {
      return error::kImportTakesNoFile(job.status);
    }
    before = std::exchange(job.file, name_);
    return PutUserImportJob(tx, job);
  };
  SALLYPORT_TRY(Commit(services, give));
  given_ = true;
  if (!before.empty()) DeleteImportFile(services, before);
  return {};
}

void DeleteImportFile(const Services& services, const std::string& name) {
  if (!name.empty()) unlink(PathOf(services, name).c_str());
}

base::Status SweepImportFiles(const Services& services, int64_t least_age_seconds) {
  std::error_code failed;
  std::filesystem::directory_iterator files(services.settings.import_directory, failed);
  if (failed) return {};  // nothing was uploaded yet
  std::set<std::string> names;
  for (; !failed && files != std::filesystem::directory_iterator(); files.increment(failed)) {
    struct stat status {};
    if (stat(files->path().c_str(), &status) != 0) continue;
    if (time(nullptr) - status.st_mtime >= least_age_seconds)
      names.insert(files->path().filename());
  }
  for (const std::string& name : names) {
    auto job = GetUserImportJob(services.store, name.substr(0, name.find('.')));
    if (!job && job.error().code != base::code::kResourceNotFound) return std::move(job).error();
    if (!job || job->file != name) DeleteImportFile(services, name);
  }
  return {};
}

base::Result<ImportFailures> ListImportFailures(const Services& services, const UserImportJob& job,
                                                std::string_view after) {
  const std::string list = "user import failures/" + job.id;
  SALLYPORT_ASSIGN(const std::string token, UnbindToken(services.vault, list, after));
  SALLYPORT_ASSIGN(auto position, DecodePosition(token));
  ImportFailures failures;
  for (;;) {
    SALLYPORT_ASSIGN(
        const std::vector<store::ListItem> items,
        services.store.List(kUserImportFailures, FailurePrefix(job), position, kFailuresRead));
    for (const store::ListItem& item : items) {
      failures.lines += item.value;
      position = {item.sort, item.key};
      if (failures.lines.size() < kFailurePageBytes) continue;
      failures.next = BindToken(services.vault, list, EncodePosition(*position));
      return failures;
    }
    if (items.size() < kFailuresRead) return failures;
  }
}

base::Status PutImportFailures(store::Tx& tx, const UserImportJob& job, std::string_view lines) {
  const std::string row = fmt::format("{:016}", job.rows);
  return tx.Put(fmt::format("user-import-failures/{}/{}", job.id, row), lines,
                {{std::string(kUserImportFailures), FailurePrefix(job) + row}});
}

}  // namespace sallyport::domain
