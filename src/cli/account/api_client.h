// ApiClient: HTTP calls to the server by libcurl. It keeps one connection and reuses it.
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

// An error of a call has the server's own code and text, or, where there was no answer, one of
// these codes:
inline constexpr std::string_view kUnreachable = "ServerUnreachable";
inline constexpr std::string_view kTimedOut = "ServerTimedOut";
inline constexpr std::string_view kUntrusted = "CertificateNotTrusted";
inline constexpr std::string_view kTransferFailed = "TransferFailed";
inline constexpr std::string_view kStrangeAnswer = "UnexpectedAnswer";
inline constexpr std::string_view kInterrupted = "Interrupted";
// For an answer with that status and without an error of the API in its body.
inline constexpr std::string_view kNotFoundStatus = "HTTP 404";

enum class Signing {
  kNone,         // the call has its own proof, or needs none
  kCredentials,  // SigV4; unsigned where there are no credentials
};

struct Document {
  std::string body;
  std::string next;  // the value of X-Sallyport-Next, where there is more
};

// Not thread-safe.
class ApiClient {
 public:
  // `configuration` must outlive the ApiClient.
  explicit ApiClient(const Configuration& configuration);
  ~ApiClient();
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  // Another program may have taken the server's port. Therefore, where a call is signed and goes
  // over plain HTTP, the server first has to prove that it knows our secret key before anything
  // else is sent, and each answer with status 200 is accepted only with a proof of its own
  // (http/router.cc). This is not encryption: somebody who passes our calls on to the server can
  // read them. Configuration::unproved skips both proofs.

  // Calls an Operation of the Cognito API. After TooManyRequestsException it tries again a few
  // times, with pauses.
  base::Result<boost::json::object> Call(std::string_view operation,
                                         const boost::json::object& input, Signing signing);

  // Calls one of Sallyport's own endpoints: POST of JSON to {endpoint}{path}, signed, and always
  // with proofs. An error where there are no credentials. TooManyRequestsException is handled as
  // above.
  base::Result<boost::json::object> Post(std::string_view path, const boost::json::object& input);

  // GET {endpoint}{path}: gives the body of an answer with status 200.
  base::Result<Document> Get(std::string_view path, Signing signing);

  // Uploads a file by PUT to `url`, unsigned. `progress` is called with the number of bytes sent so
  // far.
  base::Status Upload(const std::string& url, const std::string& path,
                      const std::vector<std::string>& headers,
                      const std::function<void(uint64_t)>& progress);

 private:
  struct Transfer;
  struct Posting;
  bool MustProve(Signing signing) const;
  base::Status AskForProof(Transfer& transfer) const;
  // Asks for the server's proof, before the first request that nobody else may see.
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

// After the first Ctrl-C, requests that are under way or begun end with kInterrupted. The second
// one ends the process.
void WatchForInterrupt();
bool Interrupted();

}  // namespace sallyport::cli
