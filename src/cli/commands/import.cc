#include "cli/commands/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/error_codes.h"
#include "cli/account/files.h"
#include "cli/commands/import_file.h"
#include "cli/terminal/json.h"
#include "cli/terminal/table.h"
#include "cli/terminal/terminal.h"
#include "codec/csv.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

// The API requires a role, but only AWS uses it.
constexpr std::string_view kLocalRole = "arn:aws:iam::000000000000:role/sallyport";
constexpr const char* kPasswordHashColumn = "password_hash";
constexpr auto kLocalPause = std::chrono::milliseconds(200);
constexpr auto kAwsPause = std::chrono::seconds(2);
constexpr size_t kGreatestJobName = 128;

base::Error WithAdvice(base::Error error) {
  if (error.code == kInterrupted) {
    error.message += "; the server continues the import if it was started";
  }
  return error;
}

class Import {
 public:
  explicit Import(Invocation& invocation)
      : invocation_(invocation),
        path_(invocation.Word(0)),
        state_path_(path_ + ".import.json"),
        aws_(IsAws(invocation.configuration().endpoint)) {}

  base::Result<int> Run() {
    SALLYPORT_ASSIGN(pool_, invocation_.Pool());
    algorithm_ = invocation_.arguments().Get("password-hash").value_or("");
    SALLYPORT_ASSIGN(auto columns, ImportColumns(invocation_));
    if (!algorithm_.empty()) columns.emplace_back(kPasswordHashColumn);
    SALLYPORT_ASSIGN(file_, CheckImportFile(path_, columns));
    if (aws_ && !invocation_.arguments().Has("role-arn")) {
      return base::Error{
          std::string(kUsage), "AWS writes its log of the import with a role: give --role-arn", {}};
    }
    SALLYPORT_ASSIGN(json::object job, FindJob());
    if (TextAt(job, "Status") == "Created") {
      auto sent = Upload(TextAt(job, "PreSignedUrl"));
      if (!sent && found_ && sent.error().code == kTransferFailed) {
        // The URL of a job is valid for a quarter of an hour, the job itself for a day.
        SALLYPORT_ASSIGN(job, CreateJob());
        sent = Upload(TextAt(job, "PreSignedUrl"));
      }
      SALLYPORT_TRY(sent);
      SALLYPORT_ASSIGN(job, JobCall("StartUserImportJob"));
    }
    SALLYPORT_ASSIGN(job, Watch(std::move(job)));
    RemoveFile(state_path_);
    return Report(job);
  }

 private:
  base::Result<json::object> JobCall(std::string_view operation) {
    SALLYPORT_ASSIGN(json::object answer,
                     invocation_.Call(operation, {{"UserPoolId", pool_}, {"JobId", job_id_}}));
    const json::value* job = At(answer, "UserImportJob");
    if (!job || !job->is_object()) {
      return base::Error{std::string(kStrangeAnswer), "the answer has no UserImportJob", {}};
    }
    return job->as_object();
  }

  // The job of an earlier run with the same file, or a new one.
  base::Result<json::object> FindJob() {
    SALLYPORT_ASSIGN(const auto text, invocation_.around().read(state_path_));
    json::error_code error;
    const json::value state = text ? json::parse(*text, error) : json::value();
    if (!error && state.is_object() &&
        state.as_object() == State(TextAt(state.as_object(), "job_id"))) {
      job_id_ = TextAt(state.as_object(), "job_id");
      auto job = JobCall("DescribeUserImportJob");
      if (!job && job.error().code != base::code::kResourceNotFound) return job.error();
      const std::string status = job ? TextAt(*job, "Status") : "Expired";
      if (status != "Expired" && status != "Stopped" && status != "Failed") {
        found_ = true;
        Say(fmt::format("continuing import job {}", job_id_));
        return std::move(*job);
      }
    }
    return CreateJob();
  }

  json::object State(const std::string& job_id) const {
    return {{"endpoint", invocation_.configuration().endpoint},
            {"pool", pool_},
            {"sha256", file_.sha256},
            {"algorithm", algorithm_},
            {"job_id", job_id}};
  }

  base::Result<json::object> CreateJob() {
    std::string name = "sallyport " + std::filesystem::path(path_).filename().string();
    std::erase_if(name, [](char c) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      return !plain && std::string_view(" +=,.@-_").find(c) == std::string_view::npos;
    });
    name.resize(std::min(name.size(), kGreatestJobName));
    const std::string role =
        invocation_.arguments().Get("role-arn").value_or(std::string(kLocalRole));
    json::object input = {
        {"UserPoolId", pool_}, {"JobName", name}, {"CloudWatchLogsRoleArn", role}};
    if (!algorithm_.empty()) input["PasswordHashingAlgorithm"] = algorithm_;
    SALLYPORT_ASSIGN(const json::object answer, invocation_.Call("CreateUserImportJob", input));
    job_id_ = TextAt(answer, "UserImportJob.JobId");
    SALLYPORT_TRY(WritePrivateFile(state_path_, json::serialize(State(job_id_))));
    return answer.at("UserImportJob").as_object();
  }

  base::Status Upload(const std::string& url) {
    Progress progress("uploading");
    std::error_code ignored;
    const uint64_t size = std::filesystem::file_size(path_, ignored);
    // The header with which the URL was signed (developer guide, "Importing users ... from a CSV
    // file").
    return invocation_.api().Upload(url, path_, {"x-amz-server-side-encryption: aws:kms"},
                                    [&](uint64_t sent) { progress.Show(sent, size); });
  }

  base::Result<json::object> Watch(json::object job) {
    Progress progress("importing");
    while (true) {
      const std::string status = TextAt(job, "Status");
      const int64_t done = NumberAt(job, "ImportedUsers") + NumberAt(job, "SkippedUsers") +
                           NumberAt(job, "FailedUsers");
      if (done > 0) progress.Show(static_cast<uint64_t>(done), std::max<uint64_t>(file_.rows, 1));
      if (status != "Pending" && status != "InProgress" && status != "Stopping" &&
          status != "Created") {
        return job;
      }
      if (aws_) {
        std::this_thread::sleep_for(kAwsPause);
      } else {
        std::this_thread::sleep_for(kLocalPause);
      }
      SALLYPORT_ASSIGN(job, JobCall("DescribeUserImportJob"));
    }
  }

  // The rows that the server did not import, from GET /_sallyport/import/{job id}/failures: one
  // JSON object a line, page by page. AWS has them in CloudWatch.
  base::Result<std::vector<BadRow>> BadRows() {
    if (aws_) return file_.bad;
    std::vector<BadRow> rows;
    const std::string path = fmt::format("/_sallyport/import/{}/failures", job_id_);
    std::string page = path;
    while (true) {
      SALLYPORT_ASSIGN(const Document document, invocation_.api().Get(page, Signing::kCredentials));
      AddBadRows(document.body, rows);
      if (document.next.empty()) return rows;
      page = fmt::format("{}?after={}", path, document.next);
    }
  }

  static void AddBadRows(std::string_view text, std::vector<BadRow>& rows) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      json::error_code error;
      const json::value value = json::parse(text.substr(0, end), error);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (error || !value.is_object()) continue;
      const json::object& row = value.as_object();
      rows.push_back({static_cast<uint64_t>(NumberAt(row, "line")), TextAt(row, "username"),
                      TextAt(row, "status"), TextAt(row, "message")});
    }
  }

  static json::object AsJson(const json::object& job, const std::vector<BadRow>& rows) {
    json::array list;
    for (const BadRow& row : rows) {
      list.push_back({{"line", row.line},
                      {"username", row.username},
                      {"status", row.status},
                      {"message", row.message}});
    }
    return {{"UserImportJob", job}, {"BadRows", std::move(list)}};
  }

  base::Result<int> Report(const json::object& job) {
    const int64_t imported = NumberAt(job, "ImportedUsers");
    const int64_t skipped = NumberAt(job, "SkippedUsers");
    const int64_t failed = NumberAt(job, "FailedUsers");
    const bool clean = skipped == 0 && failed == 0;
    std::vector<BadRow> rows;
    if (!clean) {
      SALLYPORT_ASSIGN(rows, BadRows());
    }
    if (invocation_.json()) {
      SALLYPORT_TRY(Print(PrettyJson(AsJson(job, rows))));
    } else if (!rows.empty()) {
      std::vector<std::vector<std::string>> lines;
      lines.reserve(rows.size());
      for (const BadRow& row : rows) {
        lines.push_back({std::to_string(row.line), row.username, row.status, row.message});
      }
      SALLYPORT_TRY(
          Print(FormatTable({"LINE", "USERNAME", "STATUS", "WHY"}, lines, OutputWidth())));
    }
    Say(fmt::format("{} imported, {} skipped, {} failed", imported, skipped, failed));
    if (aws_ && !clean)
      Say("next: AWS's log in CloudWatch (/aws/cognito/userpools/...) names each row");
    if (TextAt(job, "Status") != "Succeeded") {
      return base::Error{"ImportFailed",
                         fmt::format("the import job ended as {}: {}", TextAt(job, "Status"),
                                     TextAt(job, "CompletionMessage")),
                         {}};
    }
    return clean ? kExitDone : kExitSomeRowsBad;
  }

  Invocation& invocation_;
  const std::string path_;
  const std::string state_path_;
  const bool aws_;
  std::string pool_;
  std::string job_id_;
  std::string algorithm_;  // of the hashes in the file; empty: there are none
  bool found_ = false;     // the job was begun by an earlier run
  ImportFile file_;
};

}  // namespace

base::Result<std::vector<std::string>> ImportColumns(Invocation& invocation) {
  SALLYPORT_ASSIGN(const std::string pool, invocation.Pool());
  SALLYPORT_ASSIGN(const json::object answer,
                   invocation.Call("GetCSVHeader", {{"UserPoolId", pool}}));
  std::vector<std::string> columns;
  const json::value* list = At(answer, "CSVHeader");
  if (list && list->is_array()) {
    for (const json::value& item : list->as_array()) {
      if (item.is_string()) columns.emplace_back(item.as_string());
    }
  }
  return columns;
}

base::Result<int> PrintImportHeader(Invocation& invocation) {
  SALLYPORT_ASSIGN(const auto columns, ImportColumns(invocation));
  std::vector<std::string> fields;
  fields.reserve(columns.size());
  for (const std::string& column : columns) fields.push_back(codec::CsvField(column));
  SALLYPORT_TRY(Print(fmt::format("{}\n", fmt::join(fields, ","))));
  return kExitDone;
}

base::Result<int> ImportUsers(Invocation& invocation) {
  WatchForInterrupt();
  auto code = Import(invocation).Run();
  if (!code) return WithAdvice(code.error());
  return code;
}

}  // namespace sallyport::cli
