// Service: somebody else who is asked about a token. One object for each kind of service knows what
// to ask and what an answer means.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "outgoing/aws.h"
#include "outgoing/calls.h"

namespace sallyport::inquiry {

// A token that has passed every check for which nobody has to be asked. Claims that it does not
// have are empty.
struct Subject {
  std::string token;  // the compact JWS
  std::string username, sub, jti, origin_jti, event_id;
  std::string client_id, iss;  // client_id: of an ID token, its `aud`
};

enum class Answer {
  kNone,     // it cannot be known: whoever needs an answer has to deny
  kRefused,  // the token must not be accepted any more
  kActive,
};

// What an answer meant, and for kNone why there was none, for the log.
struct Said {
  Answer answer = Answer::kNone;
  std::string cause = {};
};

// Thread-safe.
class Service {
 public:
  virtual ~Service() = default;
  // nullopt: the token has nothing by which the service could know it, so it is refused.
  virtual std::optional<outgoing::Call> Ask(const Subject& subject) const = 0;
  // What an HTTP answer means. Whatever is not exactly one of the answers that are expected is
  // kNone.
  virtual Said Read(const Subject& subject, long status, const std::string& body) const = 0;
};

// ---- GetUser of the Cognito API, at Sallyport or at AWS. It accepts access tokens of users with
// the scope aws.cognito.signin.user.admin.
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html

// `url` is the endpoint, for example "https://cognito-idp.eu-west-1.amazonaws.com".
std::unique_ptr<const Service> MakeGetUser(std::string url);

// ---- Introspection, RFC 7662.

struct IntrospectionOptions {
  std::string url;
  // How the gate authenticates itself (section 2.1): as an OAuth client with its secret (RFC 6749,
  // section 2.3.1), or, where `client` is empty, with `secret` as a bearer token.
  std::string client;
  base::Secret secret;
};
// `clock` must outlive the service.
std::unique_ptr<const Service> MakeIntrospection(IntrospectionOptions options,
                                                 const base::Clock& clock);

// ---- A block list: a table of DynamoDB in which a token is looked up by its claims. The token is
// refused if there is an item for any of them.

// The names of the claims that can be looked up.
inline constexpr std::string_view kLookUps[] = {"jti", "origin_jti", "event_id",
                                                "sub", "client_id",  "iss"};

struct BlocklistOptions {
  std::string url;  // for example "https://dynamodb.eu-west-1.amazonaws.com"
  std::string region;
  std::string table;
  std::string key;  // the name of the partition key, which is a string; there is no sort key
  // The attribute with the time, in Unix seconds, from which an item has no effect. Empty: none; an
  // item has effect as long as it exists. DynamoDB deletes such items days later, but none whose
  // time has been over for more than five years: these have effect as long as they exist, too.
  std::string ttl;
  std::vector<std::string> look_up;  // of kLookUps, at least one
};
// The credentials that are valid now; called for each question.
using GiveCredentials = std::function<std::shared_ptr<const outgoing::AwsCredentials>()>;
// `clock` must outlive the service.
std::unique_ptr<const Service> MakeBlocklist(BlocklistOptions options, GiveCredentials credentials,
                                             const base::Clock& clock);

}  // namespace sallyport::inquiry
