// UserImportJob: imports users from a CSV file into a pool.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html
//
// Record "user-import/{job id}" is the job: its state, its counters, and how many rows of the file
// the counters cover. Users and counters are written by the same commit, so a job that was
// interrupted continues with the next row. Records "user-import-failures/{job id}/{row}" say what
// was not imported and why, as JSON lines. The file itself is in Settings::import_directory until
// the job ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

// The words of UserImportJobStatusType.
inline constexpr std::string_view kImportCreated = "Created";
inline constexpr std::string_view kImportPending = "Pending";
inline constexpr std::string_view kImportInProgress = "InProgress";
inline constexpr std::string_view kImportStopping = "Stopping";
inline constexpr std::string_view kImportStopped = "Stopped";
inline constexpr std::string_view kImportExpired = "Expired";
inline constexpr std::string_view kImportFailed = "Failed";
inline constexpr std::string_view kImportSucceeded = "Succeeded";

inline constexpr std::string_view kImportStoppedMessage =
    "The Import Job was stopped by the developer.";

struct UserImportJob {
  std::string id;  // "import-" and 10 letters and digits
  std::string pool_id;
  std::string name;
  std::string role_arn;           // only shown in answers: there is no CloudWatch here
  std::string hashing_algorithm;  // of the column password_hash; empty: no passwords are imported
  std::string status{kImportCreated};
  int64_t created_millis = 0;
  int64_t since_millis = 0;      // the same by the watched time; decides when the job expires
  int64_t started_millis = 0;    // 0: not started
  int64_t completed_millis = 0;  // 0: not completed
  int64_t imported = 0;
  int64_t skipped = 0;
  int64_t failed = 0;
  std::string completion_message;
  std::string file;   // in the import directory; empty: none was uploaded, or it was deleted
  uint64_t rows = 0;  // rows of the file, including the header, that the counters cover
};

// AWS's limits.
inline constexpr int64_t kImportUrlMillis = 15 * 60 * 1000;
inline constexpr int64_t kImportExpiryMillis = 24 * 3600 * 1000;
inline constexpr uint64_t kGreatestImportBytes = 100 * 1024 * 1024;
inline constexpr uint64_t kMostImportRows = 500'000;
inline constexpr size_t kMostImportJobs = 1000;

// Index of all jobs, the newest first: sort "{pool id}/{16 digits that decrease with the
// creation}".
inline constexpr std::string_view kUserImports = "user-imports";
// Index of the jobs that are not finished: sort "run/{start}" or "wait/{since}".
inline constexpr std::string_view kUserImportQueue = "user-import-queue";
// Index of the failures, in the order "{pool id}/{job id}/{row, 16 digits}".
inline constexpr std::string_view kUserImportFailures = "user-import-failures";

std::string UserImportKey(std::string_view job_id);

// ResourceNotFoundException where the job does not exist (or is of another pool).
base::Result<UserImportJob> GetUserImportJob(store::Reader& reader, std::string_view job_id);
base::Result<UserImportJob> GetUserImportJob(store::Reader& reader, std::string_view pool_id,
                                             std::string_view job_id);
base::Result<UserImportJob> ParseUserImportJob(std::string_view key, std::string_view bytes);
base::Status PutUserImportJob(store::Tx& tx, const UserImportJob& job);
// Ends the job with that status and takes it out of the queue. The caller deletes its file after
// the commit.
void EndUserImport(UserImportJob& job, std::string_view status, std::string_view message,
                   int64_t now_millis);

// The URL to which the job's file has to be PUT. Whoever has the URL may do so, for
// kImportUrlMillis after the creation of the job.
std::string UserImportUrl(const Services& services, const UserImportJob& job);
// NotAuthorizedException where the query of the URL was not made by UserImportUrl, or its time has
// passed.
base::Status CheckUserImportUrl(const Services& services, const UserImportJob& job,
                                std::string_view query);

// The file of a job while it is being uploaded. Not thread-safe.
class UserImportFile {
 public:
  // Creates the directory if it does not exist (mode 0700; the file has 0600).
  static base::Result<UserImportFile> Create(const Services& services, std::string_view job_id);
  UserImportFile(UserImportFile&& other) noexcept;
  UserImportFile& operator=(UserImportFile&&) = delete;
  // Deletes the file, unless Give has succeeded.
  ~UserImportFile();

  // InternalErrorException where the file cannot be written.
  base::Status Write(std::string_view bytes);
  // Makes the file durable and gives it to the job, in place of one that was uploaded before.
  // PreconditionNotMetException where the job has been started already. After any error the file is
  // deleted.
  base::Status Give(const Services& services, std::string_view job_id);

 private:
  UserImportFile(std::string directory, std::string name, int fd)
      : directory_(std::move(directory)), name_(std::move(name)), fd_(fd) {}
  base::Status Sync();

  std::string directory_, name_;
  int fd_;
  bool given_ = false;
};

void DeleteImportFile(const Services& services, const std::string& name);
// Deletes files that belong to no job and are older than `least_age_seconds`. The file of an upload
// in progress is younger than that.
base::Status SweepImportFiles(const Services& services, int64_t least_age_seconds);

// The rows that were not imported, as JSON lines {"line","username","status","message"} in the
// order of the file, at most about 1 MiB. `after` is `next` of the page before; empty: from the
// start.
struct ImportFailures {
  std::string lines;
  std::string next;  // empty: there are no more so far
};
base::Result<ImportFailures> ListImportFailures(const Services& services, const UserImportJob& job,
                                                std::string_view after);
base::Status PutImportFailures(store::Tx& tx, const UserImportJob& job, std::string_view lines);

}  // namespace sallyport::domain
