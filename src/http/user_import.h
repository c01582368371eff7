// The HTTP side of user import jobs: files are uploaded, and lists of rows that were not imported
// are downloaded.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/users/user_import.h"
#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

// PUT /_sallyport/import/{job id}?..., which is the job's PreSignedUrl. The body is written to a
// file as it arrives.
bool IsUserImportUpload(const Request& header);

// One such request. Used only by the coroutine of its connection.
class UserImportUpload {
 public:
  static constexpr uint64_t kGreatestBytes = domain::kGreatestImportBytes;
  static constexpr size_t kPieceBytes = 256 * 1024;

  explicit UserImportUpload(const Backends& backends) : backends_(backends) {}

  // Call these in this order. Each gives the answer that ends the request, or nullopt to continue.
  // What was written is deleted unless End succeeds.
  boost::asio::awaitable<std::optional<Response>> Begin(const Request& header);
  boost::asio::awaitable<std::optional<Response>> Write(std::string_view piece);
  boost::asio::awaitable<Response> End();

 private:
  const Backends& backends_;
  std::string job_id_;
  std::optional<domain::UserImportFile> file_;
};

// GET /_sallyport/import/{job id}/failures[?after=...]: JSON lines (user_import.h,
// ListImportFailures), for calls signed with SigV4. Where there are more, the header
// X-Sallyport-Next has the value for `after`.
bool IsUserImportFailures(const Request& request);
boost::asio::awaitable<Response> UserImportFailures(const Backends& backends,
                                                    const Request& request);

}  // namespace sallyport::http
