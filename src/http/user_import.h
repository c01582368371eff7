// The HTTP side of user import jobs: their files come in, and what was not imported goes out.
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

// PUT /_sallyport/import/{job id}?..., a job's PreSignedUrl. Its body goes to a file as it comes.
bool IsUserImportUpload(const Request& header);

// One such request. Used by its connection's coroutine alone.
class UserImportUpload {
 public:
  static constexpr uint64_t kGreatestBytes = domain::kGreatestImportBytes;
  static constexpr size_t kPieceBytes = 256 * 1024;

  explicit UserImportUpload(const Backends& backends) : backends_(backends) {}

  // In this order; each gives the answer that ends the request, or nullopt: go on. What was written
  // is deleted unless End succeeds.
  boost::asio::awaitable<std::optional<Response>> Begin(const Request& header);
  boost::asio::awaitable<std::optional<Response>> Write(std::string_view piece);
  boost::asio::awaitable<Response> End();

 private:
  const Backends& backends_;
  std::string job_id_;
  std::optional<domain::UserImportFile> file_;
};

// GET /_sallyport/import/{job id}/failures[?after=...]: JSON lines (user_import.h,
// ListImportFailures), to calls signed with SigV4. Header X-Sallyport-Next, where there is more:
// the value for `after`.
bool IsUserImportFailures(const Request& request);
boost::asio::awaitable<Response> UserImportFailures(const Backends& backends,
                                                    const Request& request);

}  // namespace sallyport::http
