#include "http/user_import.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "http/on_pool.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
using boost::beast::http::verb;

constexpr std::string_view kPrefix = "/_sallyport/import/";
constexpr std::string_view kFailures = "/failures";
constexpr std::string_view kJsonLines = "application/x-ndjson";

Response ErrorOf(const base::Error& error) {
  int status = 500;
  if (error.code == base::code::kNotAuthorized) status = 403;
  if (error.code == base::code::kResourceNotFound) status = 404;
  if (error.code == base::code::kPreconditionNotMet) status = 409;
  if (error.code == base::code::kInvalidParameter) status = 400;
  if (status == 500) base::LogError("user import", {{"cause", error.cause}});
  return JsonError(status, error);
}

// `function` gives a Status. nullopt: it succeeded.
template <typename Function>
asio::awaitable<std::optional<Response>> Do(WorkerPool& pool, Function function) {
  const auto done = co_await OnPool<base::Status>(pool, [&function]() -> base::Status {
    try {
      return function();
    } catch (const std::exception& error) {
      return base::InternalError(error.what());
    }
  });
  if (!done) co_return JsonError(429, domain::error::kRateExceeded());
  if (!*done) co_return ErrorOf(done->error());
  co_return std::nullopt;
}

}  // namespace

bool IsUserImportUpload(const Request& header) {
  const std::string_view path = Path(header);
  return header.method() == verb::put && path.starts_with(kPrefix) &&
         path.find('/', kPrefix.size()) == std::string_view::npos;
}

asio::awaitable<std::optional<Response>> UserImportUpload::Begin(const Request& header) {
  job_id_ = Path(header).substr(kPrefix.size());
  const std::string_view query = Query(header);  // a view into `header`, which outlives the call
  const domain::Services& services = backends_.services;
  const auto begin = [&]() -> base::Status {
    auto job = domain::GetUserImportJob(services.store, job_id_);
    // Which jobs exist must not be revealed to everybody.
    if (!job && job.error().code == base::code::kResourceNotFound) {
      return domain::error::kImportUrlSignature();
    }
    if (!job) return std::move(job).error();
    SALLYPORT_TRY(domain::CheckUserImportUrl(services, *job, query));
    SALLYPORT_ASSIGN(domain::UserImportFile file,
                     domain::UserImportFile::Create(services, job_id_));
    file_.emplace(std::move(file));
    return {};
  };
  co_return co_await Do(backends_.quick, begin);
}

asio::awaitable<std::optional<Response>> UserImportUpload::Write(std::string_view piece) {
  return Do(backends_.quick, [this, piece] { return file_->Write(piece); });
}

asio::awaitable<Response> UserImportUpload::End() {
  const auto give = [this] { return file_->Give(backends_.services, job_id_); };
  std::optional<Response> refusal = co_await Do(backends_.quick, give);
  co_return refusal ? std::move(*refusal) : Response{};
}

bool IsUserImportFailures(const Request& request) {
  const std::string_view path = Path(request);
  return path.starts_with(kPrefix) && path.ends_with(kFailures) &&
         path.size() > kPrefix.size() + kFailures.size();
}

asio::awaitable<Response> UserImportFailures(const Backends& backends, const Request& request) {
  const auto verified = backends.verify_signature(ToSigned(request));
  if (!verified) co_return JsonError(403, verified.error());
  constexpr std::string_view kAfter = "after=";
  std::string_view after = Query(request);
  after = after.starts_with(kAfter) ? after.substr(kAfter.size()) : std::string_view();
  std::string_view job_id = Path(request).substr(kPrefix.size());
  job_id.remove_suffix(kFailures.size());
  domain::ImportFailures failures;
  const auto read = [&]() -> base::Status {
    SALLYPORT_ASSIGN(const domain::UserImportJob job,
                     domain::GetUserImportJob(backends.services.store, job_id));
    SALLYPORT_TRY(domain::CheckPoolRegion(job.pool_id, *verified));
    SALLYPORT_ASSIGN(failures, domain::ListImportFailures(backends.services, job, after));
    return {};
  };
  std::optional<Response> refusal = co_await Do(backends.quick, read);
  if (refusal) co_return std::move(*refusal);
  Response response;
  response.content_type = kJsonLines;
  response.AddHeader("Cache-Control", "no-store");
  if (!failures.next.empty()) response.AddHeader("X-Sallyport-Next", failures.next);
  response.body = std::move(failures.lines);
  co_return response;
}

}  // namespace sallyport::http
