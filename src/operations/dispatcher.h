// Dispatcher: runs the steps that all Operations share, in a fixed order, so that no Operation can
// forget one.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/services.h"
#include "operations/call.h"

namespace sallyport::operations {

namespace model {
struct OperationModel;
}

// An AWS JSON 1.1 request, as `http` has received it. Views must outlive the call.
struct Request {
  std::string_view target;  // X-Amz-Target: "AWSCognitoIdentityProviderService.InitiateAuth"
  std::string_view body;
  std::string request_id;
  std::string source_ip;
  std::string user_agent;
  // Checks the SigV4 signature of the request. Gives the region in the credential scope, or AWS's
  // error for the signature.
  std::function<base::Result<std::string>()> verify_signature;
  bool on_page = false;  // as Call has it
};

struct Answer {
  explicit Answer(store::Wait until) : wait(until) {}

  int status = 500;
  std::string body;
  // empty: success; otherwise also the value of the header x-amzn-errortype
  std::string error_code;
  std::string cause;             // only for the log
  bool caller_is_known = false;  // the caller has authenticated, by a signature or a token
  // The answer must not be sent before this is released.
  store::Wait wait;
};

// A request after the first steps: its operation was found, and its JSON was parsed and validated
// against the model. It knows on which lane it must run.
class Prepared {
 private:
  friend class Dispatcher;
  const model::OperationModel* model = nullptr;
  const AnyOperation* operation = nullptr;
  Request request;
  boost::json::object input;
};

class Dispatcher {
 public:
  // kChecked is for tests and debugging: an answer that does not fit the model becomes an
  // InternalErrorException.
  enum class Answers { kTrusted, kChecked };

  explicit Dispatcher(const domain::Services& services, Answers answers = Answers::kTrusted)
      : services_(services), answers_(answers) {}

  // Finds the operation, checks the limit of the caller's address, and parses and validates the
  // input. Never blocks, so it may run on an I/O thread. On failure the Answer is in `*early` and
  // the result is null.
  std::unique_ptr<Prepared> Prepare(Request request, Answer* early) const;
  static Lane LaneOf(const Prepared& prepared);
  // Whether the answer has to wait until everything that the operation revoked is released.
  static bool Revokes(const Prepared& prepared);
  // For example "InitiateAuth". Static.
  static std::string_view OperationName(const Prepared& prepared);
  // Whether the caller must authenticate.
  static bool NeedsCaller(const Prepared& prepared);
  // The answer to a caller who fails to authenticate; nullopt: the caller has authenticated. It is
  // for calls that wait for long before they run: Run() authenticates again. May block for a short
  // time, so it has to run on a worker thread.
  std::optional<Answer> RefuseCaller(const Prepared& prepared) const;
  // Authenticates the caller, runs the operation and encodes the answer. May block (commit, hash),
  // so it has to run on a thread of its lane.
  Answer Run(const Prepared& prepared) const;

 private:
  // The result of a call: the answer's body, and what the answer has to wait for.
  struct Outcome {
    base::Result<boost::json::object> body;
    store::Wait wait;
    bool caller_is_known = false;
  };

  Call MakeCall(const Request& request) const;
  base::Status Authenticate(const Prepared& prepared, Call& call,
                            std::optional<domain::AccessTokenCaller>& caller) const;
  // Authenticates the caller, and checks their quotas.
  base::Status Admit(const Prepared& prepared, Call& call,
                     std::optional<domain::AccessTokenCaller>& caller) const;
  // Runs the operation's function, according to its type.
  Outcome Perform(const boost::json::object& input, Call& call,
                  AnyOperation::Function<boost::json::object> run) const;
  Outcome Perform(const boost::json::object& input, Call& call,
                  AnyOperation::Function<Revoked> run) const;
  Outcome Perform(const boost::json::object& input, Call& call,
                  AnyOperation::Function<Issued> run) const;
  // The same for an operation that lists: opens its page token before, and binds the next one
  // afterwards.
  Outcome PerformPaged(const Prepared& prepared, Call& call) const;
  Outcome AdmitAndPerform(const Prepared& prepared, Call& call) const;
  Outcome NotAdmitted(const Prepared& prepared, base::Error error) const;
  // The outcome for an error of something that may revoke: it waits for everything that was visible
  // when the error arose.
  Outcome AfterBarrier(base::Error error) const;

  const domain::Services& services_;
  const Answers answers_;
};

}  // namespace sallyport::operations
