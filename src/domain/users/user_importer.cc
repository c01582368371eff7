#include "domain/users/user_importer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "base/log.h"
#include "codec/csv.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/page.h"
#include "domain/users/user.h"
#include "domain/users/user_import.h"
#include "domain/users/user_import_row.h"
#include "store/store.h"

namespace sallyport::domain {

namespace {

// Takes the store's writer some ten milliseconds, for which commits of other calls may have to
// wait.
constexpr size_t kRowsAtATime = 250;
constexpr size_t kReadBytes = 256 * 1024;
// 16,000 characters of UTF-8, which is AWS's limit.
constexpr size_t kGreatestRowBytes = 64'000;

// Reads the rows of a file in order.
class ImportRows {
 public:
  explicit ImportRows(const std::string& path)
      : file_(path, std::ios::binary),
        reader_(kGreatestRowBytes, codec::CsvReader::Commas::kBackslash) {}

  // nullopt: there are no more rows, or the file cannot be read; see failed().
  std::optional<codec::CsvRow> Next() {
    while (true) {
      if (auto row = reader_.Next()) return row;
      if (ended_) return std::nullopt;
      buffer_.resize(kReadBytes);
      file_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
      reader_.Feed({buffer_.data(), static_cast<size_t>(file_.gcount())});
      if (file_.good()) continue;
      ended_ = true;
      reader_.End();
    }
  }
  bool failed() const { return !file_.eof(); }

 private:
  std::ifstream file_;
  codec::CsvReader reader_;
  std::string buffer_;
  bool ended_ = false;
};

// A row before it is stored: a user, or the reason why there is none.
struct Candidate {
  uint64_t line = 0;
  std::string username;
  std::optional<User> user;
  std::string problem;
};

// What a commit has done with the rows of a batch.
struct Outcome {
  UserImportJob job;
  std::string failures;
};

void Note(Outcome& outcome, const Candidate& row, bool skipped, std::string_view message) {
  ++(skipped ? outcome.job.skipped : outcome.job.failed);
  outcome.failures +=
      boost::json::serialize(boost::json::object{{"line", row.line},
                                                 {"username", row.username},
                                                 {"status", skipped ? "skipped" : "failed"},
                                                 {"message", message}});
  outcome.failures += '\n';
}

// Runs one job from the position in its record.
class Import {
 public:
  Import(const Services& services, UserImportJob job)
      : services_(services),
        job_(std::move(job)),
        path_(services.settings.import_directory + "/" + job_.file) {}

  base::Status Run(const std::function<bool()>& stopping) {
    SALLYPORT_ASSIGN(pool_, domain::GetPool(services_, job_.pool_id));
    if (job_.status == kImportPending) SALLYPORT_TRY(Begin());
    if (job_.completed_millis != 0) return {};
    ImportRows rows(path_);
    auto columns = ReadHeader(rows);
    if (!columns) return Fail(columns.error().message);
    for (uint64_t row = 1; row < job_.rows; ++row) rows.Next();
    while (job_.completed_millis == 0 && !stopping()) {
      const std::vector<Candidate> batch = Prepare(rows, *columns);
      if (batch.size() < kRowsAtATime && rows.failed()) return Fail("The CSV file cannot be read");
      SALLYPORT_TRY(Write(batch));
    }
    return {};
  }

 private:
  base::Result<UserImportColumns> ReadHeader(ImportRows& rows) const {
    const std::optional<codec::CsvRow> header = rows.Next();
    if (header && header->error.empty()) {
      return UserImportColumns::Read(*pool_, job_.hashing_algorithm, header->fields);
    }
    return rows.failed() ? error::kImportFileUnreadable.Because(path_)
                         : error::kImportFileNoHeader.Because(path_);
  }

  // A pending job: the whole file is checked before the first user is created.
  base::Status Begin() {
    ImportRows rows(path_);
    if (const auto columns = ReadHeader(rows); !columns) return Fail(columns.error().message);
    uint64_t count = 0;
    while (count <= kMostImportRows && rows.Next()) ++count;
    if (count > kMostImportRows) {
      return Fail(fmt::format("The CSV file has more than {} users", kMostImportRows));
    }
    return Change([](UserImportJob& job) {
      if (job.status != kImportPending) return;
      job.status = kImportInProgress;
      job.rows = 1;
    });
  }

  base::Status Fail(const std::string& message) {
    return Change([&](UserImportJob& job) {
      if (job.completed_millis == 0) EndUserImport(job, kImportFailed, message, Now());
    });
  }

  std::vector<Candidate> Prepare(ImportRows& rows, const UserImportColumns& columns) const {
    std::vector<Candidate> batch;
    while (batch.size() < kRowsAtATime) {
      const std::optional<codec::CsvRow> row = rows.Next();
      if (!row) break;
      Candidate& candidate = batch.emplace_back();
      candidate.line = row->line;
      if (!row->error.empty()) {
        candidate.problem = row->error;
        continue;
      }
      candidate.username = columns.Username(row->fields);
      auto user = columns.NewUser(*pool_, row->fields, Now());
      if (user) {
        candidate.user = std::move(*user);
      } else {
        candidate.problem = user.error().message;
      }
    }
    return batch;
  }

  // Writes users, counters and position in one commit; after the last row, also the end of the job.
  base::Status Write(const std::vector<Candidate>& batch) {
    Outcome outcome;
    const auto write = [&](store::Tx& tx) -> base::Status {
      outcome = {};
      SALLYPORT_ASSIGN(outcome.job, GetUserImportJob(tx, job_.id));
      if (outcome.job.rows != job_.rows)
        return base::InternalError("an import of this job is already running");
      // Another server has ended it.
      if (outcome.job.completed_millis != 0) return {};
      SALLYPORT_ASSIGN(const Pool pool, domain::GetPool(tx, job_.pool_id));
      if (outcome.job.status == kImportStopping) {
        EndUserImport(outcome.job, kImportStopped, kImportStoppedMessage, Now());
        return PutUserImportJob(tx, outcome.job);
      }
      for (const Candidate& row : batch) SALLYPORT_TRY(WriteRow(tx, pool, row, outcome));
      if (!outcome.failures.empty()) {
        SALLYPORT_TRY(PutImportFailures(tx, outcome.job, outcome.failures));
      }
      outcome.job.rows += batch.size();
      if (batch.size() < kRowsAtATime) Complete(outcome.job);
      return PutUserImportJob(tx, outcome.job);
    };
    SALLYPORT_TRY(Commit(services_, write));
    Adopt(std::move(outcome.job));
    return {};
  }

  base::Status WriteRow(store::Tx& tx, const Pool& pool, const Candidate& row,
                        Outcome& outcome) const {
    if (!row.user) {
      Note(outcome, row, false, row.problem);
      return {};
    }
    User user = *row.user;
    base::Status created = CreateUser(tx, pool, user, false);
    if (created) {
      ++outcome.job.imported;
    } else if (created.error().code == base::code::kUsernameExists) {
      Note(outcome, row, true, "The user already exists.");
    } else if (created.error().code == base::code::kAliasExists) {
      Note(outcome, row, false, created.error().message);
    } else {
      return created;
    }
    return {};
  }

  void Complete(UserImportJob& job) const {
    if (job.imported == 0 && job.skipped + job.failed > 0) {
      EndUserImport(job, kImportFailed,
                    "Too many users have failed or been skipped during the import.", Now());
    } else {
      EndUserImport(job, kImportSucceeded, "The user import job has completed.", Now());
    }
  }

  base::Status Change(const std::function<void(UserImportJob&)>& change) {
    UserImportJob changed;
    SALLYPORT_TRY(Commit(services_, [&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(changed, GetUserImportJob(tx, job_.id));
      change(changed);
      return PutUserImportJob(tx, changed);
    }));
    Adopt(std::move(changed));
    return {};
  }

  void Adopt(UserImportJob job) {
    if (job.completed_millis != 0) {
      DeleteImportFile(services_, job_.file);  // which does not belong to the job any more
      base::LogInfo("user import", {{"job", job.id},
                                    {"status", job.status},
                                    {"imported", job.imported},
                                    {"skipped", job.skipped},
                                    {"failed", job.failed}});
    }
    job_ = std::move(job);
  }

  int64_t Now() const { return services_.clock.WallMillis(); }

  const Services& services_;
  UserImportJob job_;
  const std::string path_;
  std::shared_ptr<const Pool> pool_;
};

// Whether this server has the job's file, and so is the only one that can run it.
bool IsHere(const Services& services, const UserImportJob& job) {
  const std::string path = services.settings.import_directory + "/" + job.file;
  return services.store.peers() == nullptr || access(path.c_str(), R_OK) == 0;
}

// Ends a job that is to be stopped and whose file another server has: that one may be gone for
// good. Where it is not, it finds the job ended at its next commit.
base::Status EndStopped(const Services& services, const UserImportJob& job) {
  return Commit(services, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(UserImportJob present, GetUserImportJob(tx, job.id));
    if (present.status != kImportStopping) return {};
    EndUserImport(present, kImportStopped, kImportStoppedMessage, services.clock.WallMillis());
    return PutUserImportJob(tx, present);
  });
}

// The first job that this server is to run; nullopt: there is none.
base::Result<std::optional<UserImportJob>> FirstToRun(const Services& services) {
  SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                   services.store.List(kUserImportQueue, "run/", std::nullopt, kMostImportJobs));
  for (const store::ListItem& item : items) {
    SALLYPORT_ASSIGN(UserImportJob job, ParseUserImportJob(item.key, item.value));
    if (IsHere(services, job)) return std::optional(std::move(job));
    if (job.status == kImportStopping && services.store.runs_jobs()) {
      SALLYPORT_TRY(EndStopped(services, job));
    }
  }
  return std::optional<UserImportJob>();
}

// The first job in the queue; nullopt: there is none.
base::Result<std::optional<UserImportJob>> FirstOf(const Services& services,
                                                   std::string_view prefix) {
  SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                   services.store.List(kUserImportQueue, prefix, std::nullopt, 1));
  if (items.empty()) return std::optional<UserImportJob>();
  SALLYPORT_ASSIGN(UserImportJob job, ParseUserImportJob(items[0].key, items[0].value));
  return std::optional(std::move(job));
}

}  // namespace

base::Status RunUserImports(const Services& services, const std::function<bool()>& stopping) {
  while (!stopping()) {
    SALLYPORT_ASSIGN(std::optional<UserImportJob> job, FirstToRun(services));
    if (!job) return {};
    const std::string file = job->file;
    base::Status ran = Import(services, std::move(*job)).Run(stopping);
    if (ran) continue;
    // The pool was deleted, and the job is deleted with it.
    if (ran.error().code != base::code::kResourceNotFound) return ran;
    DeleteImportFile(services, file);
    return {};
  }
  return {};
}

base::Status ExpireUserImports(const Services& services) {
  // Uses the watched time, since a job and its file would not come back when a clock that was ahead
  // is corrected.
  const store::WatchedTime now = services.clock.watched();
  for (;;) {
    SALLYPORT_ASSIGN(std::optional<UserImportJob> oldest, FirstOf(services, "wait/"));
    if (!oldest || oldest->since_millis + kImportExpiryMillis > now.millis()) return {};
    std::string file;
    SALLYPORT_TRY(Commit(services, [&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(UserImportJob job, GetUserImportJob(tx, oldest->id));
      if (job.status != kImportCreated) return {};
      file = job.file;
      EndUserImport(job, kImportExpired, "The user import job has expired.",
                    services.clock.WallMillis());
      return PutUserImportJob(tx, job);
    }));
    DeleteImportFile(services, file);
  }
}

}  // namespace sallyport::domain
