// ApiClient: HTTP to the server, by libcurl. One connection is kept and used again.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/account/configuration.h"

namespace sallyport::cli {

// Errors of a call are the server's own, code and text; and these, where there was no answer:
inline constexpr std::string_view kUnreachable = "ServerUnreachable";
inline constexpr std::string_view kTimedOut = "ServerTimedOut";
inline constexpr std::string_view kUntrusted = "CertificateNotTrusted";
inline constexpr std::string_view kTransferFailed = "TransferFailed";
inline constexpr std::string_view kStrangeAnswer = "UnexpectedAnswer";
inline constexpr std::string_view kInterrupted = "Interrupted";
// A server that answers so, with no error of the API in the body.
inline constexpr std::string_view kNotFoundStatus = "HTTP 404";

enum class Signing {
  kNone,         // the call carries its own proof, or needs none
  kCredentials,  // SigV4; unsigned where there are no credentials
};

struct Document {
  std::string body;
  std::string next;  // what X-Sallyport-Next says, where there is more
};

// Not thread-safe.
class ApiClient {
 public:
  // `configuration` outlives the ApiClient.
  explicit ApiClient(const Configuration& configuration);
  ~ApiClient();
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  // Whoever has a server's port is not the server. Where a call is signed and goes over plain HTTP,
  // what answers has to prove once, before anything else is sent, that it knows our secret key; and
  // each answer 200 is believed only with a proof of its own (http/router.cc). It is no encryption:
  // who can pass our calls on to the server reads them. Configuration::unproved waives both.

  // An Operation of the Cognito API. TooManyRequestsException is tried again, a few times, after a
  // pause.
  base::Result<boost::json::object> Call(std::string_view operation,
                                         const boost::json::object& input, Signing signing);

  // POST {endpoint}{path} of JSON, of Sallyport's own and signed; proved always. An error where
  // there are no credentials. TooManyRequestsException as above.
  base::Result<boost::json::object> Post(std::string_view path, const boost::json::object& input);

  // GET {endpoint}{path}: the body of an answer 200.
  base::Result<Document> Get(std::string_view path, Signing signing);

  // PUT of a file to `url`, unsigned. `progress` gets the bytes sent so far.
  base::Status Upload(const std::string& url, const std::string& path,
                      const std::vector<std::string>& headers,
                      const std::function<void(uint64_t)>& progress);

 private:
  struct Transfer;
  struct Posting;
  bool MustProve(Signing signing) const;
  base::Status AskForProof(Transfer& transfer) const;
  // Before the first request that must go to nobody else.
  base::Status FindOutWho();
  base::Result<boost::json::object> PostPatiently(const Posting& posting);
  base::Result<boost::json::object> PostOnce(const Posting& posting);
  void Begin(Transfer& transfer);
  base::Status Sign(Transfer& transfer);
  base::Status Perform(Transfer& transfer);
  base::Status CheckProof(const Transfer& transfer) const;
  base::Error NotProved() const;
  base::Error Failure(int code, const Transfer& transfer) const;

  const Configuration& configuration_;
  std::unique_ptr<void, void (*)(void*)> curl_;
  bool knows_who_ = false;
};

// From the first Ctrl-C on: what is under way ends with kInterrupted, and so does what would begin.
// The second one ends the process.
void WatchForInterrupt();
bool Interrupted();

}  // namespace sallyport::cli
