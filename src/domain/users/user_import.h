// UserImportJob: a CSV file of users on its way into a pool.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html
//
// Record "user-import/{job id}" is the job: its state, its counters, and how many rows of the file
// they speak for. Rows and counters are written by one commit, so that a job that was interrupted
// goes on at the next row. Records "user-import-failures/{job id}/{row}" hold what was not imported
// and why, as JSON lines. The file itself is in Settings::import_directory until the job ends.
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

// UserImportJobStatusType's words.
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
  std::string role_arn;           // kept for the answer: there is no CloudWatch here
  std::string hashing_algorithm;  // of password_hash; empty: no passwords
  std::string status{kImportCreated};
  int64_t created_millis = 0;
  int64_t since_millis = 0;      // the same by the watched time, by which it expires
  int64_t started_millis = 0;    // 0: not started
  int64_t completed_millis = 0;  // 0: not completed
  int64_t imported = 0;
  int64_t skipped = 0;
  int64_t failed = 0;
  std::string completion_message;
  std::string file;   // in the import directory; empty: none was uploaded, or it was deleted
  uint64_t rows = 0;  // of the file, the header included, that the counters speak for
};

// AWS's bounds.
inline constexpr int64_t kImportUrlMillis = 15 * 60 * 1000;
inline constexpr int64_t kImportExpiryMillis = 24 * 3600 * 1000;
inline constexpr uint64_t kGreatestImportBytes = 100 * 1024 * 1024;
inline constexpr uint64_t kMostImportRows = 500'000;
inline constexpr size_t kMostImportJobs = 1000;

// Index of all jobs: sort "{pool id}/{16 digits that fall with the creation}": newest first.
inline constexpr std::string_view kUserImports = "user-imports";
// Index of the jobs that something is still to be done with: sort "run/{start}" or
// "wait/{since}".
inline constexpr std::string_view kUserImportQueue = "user-import-queue";
// Index of the failures: sort "{pool id}/{job id}/{row, 16 digits}".
inline constexpr std::string_view kUserImportFailures = "user-import-failures";

std::string UserImportKey(std::string_view job_id);

// ResourceNotFoundException where there is no such job (of that pool).
base::Result<UserImportJob> GetUserImportJob(store::Reader& reader, std::string_view job_id);
base::Result<UserImportJob> GetUserImportJob(store::Reader& reader, std::string_view pool_id,
                                             std::string_view job_id);
base::Result<UserImportJob> ParseUserImportJob(std::string_view key, std::string_view bytes);
base::Status PutUserImportJob(store::Tx& tx, const UserImportJob& job);
// Takes the job out of the queue with that end. Its file is the caller's to delete after the
// commit.
void EndUserImport(UserImportJob& job, std::string_view status, std::string_view message,
                   int64_t now_millis);

// Where the job's file is to be PUT; whoever has the URL may, for kImportUrlMillis from the job's
// creation.
std::string UserImportUrl(const Services& services, const UserImportJob& job);
// NotAuthorizedException where the URL's query is not of UserImportUrl, or its time has passed.
base::Status CheckUserImportUrl(const Services& services, const UserImportJob& job,
                                std::string_view query);

// The file of a job, being written. Not thread-safe.
class UserImportFile {
 public:
  // Makes the directory where absent (0700; the file 0600).
  static base::Result<UserImportFile> Create(const Services& services, std::string_view job_id);
  UserImportFile(UserImportFile&& other) noexcept;
  UserImportFile& operator=(UserImportFile&&) = delete;
  // Deletes the file unless it was taken.
  ~UserImportFile();

  // InternalErrorException where the disk refuses.
  base::Status Write(std::string_view bytes);
  // Makes the file durable and the job's, in place of one uploaded before.
  // PreconditionNotMetException where the job has been started; then, as after any error, the file
  // goes.
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
// Deletes the files that no job refers to and that are older than `least_age_seconds`: an upload in
// progress is younger.
base::Status SweepImportFiles(const Services& services, int64_t least_age_seconds);

// What was not imported: JSON lines {"line","username","status","message"} in the order of the
// file, from `after` (`next` of the page before; empty: from the start), about 1 MiB at most.
struct ImportFailures {
  std::string lines;
  std::string next;  // empty: that was all so far
};
base::Result<ImportFailures> ListImportFailures(const Services& services, const UserImportJob& job,
                                                std::string_view after);
base::Status PutImportFailures(store::Tx& tx, const UserImportJob& job, std::string_view lines);

}  // namespace sallyport::domain
