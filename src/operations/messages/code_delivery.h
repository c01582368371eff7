// Shared by the operations that send codes and that take them back.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/credentials/code.h"
#include "domain/messages/message_template.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

// The input of operations that are called for users who are not signed in.
struct PublicName {
  template <typename Input>
  explicit PublicName(const Input& input)
      : client_id(input.client_id()),
        secret_hash(input.secret_hash()),
        username(input.username()) {}

  std::string_view client_id;
  std::string_view secret_hash;
  std::string_view username;
};

// The client, which has proved itself by its hash over the user's name, and its pool.
struct PublicCaller {
  std::shared_ptr<const domain::Client> client;
  std::shared_ptr<const domain::Pool> pool;
  std::string_view username;  // as given
};
// ResourceNotFoundException, NotAuthorizedException.
base::Result<PublicCaller> PublicCallerOf(const Call& call, const PublicName& given);

// Where the code that confirms a sign-up is sent: to an address that the pool verifies
// automatically; the phone number has precedence.
std::optional<domain::Channel> SignUpChannel(const domain::Pool& pool, const domain::User& user);

// The medium by which a sign-up with that name would be sent its code; nullopt where the pool
// verifies no address automatically.
std::optional<domain::Medium> LikelySignUpMedium(const domain::Pool& pool, std::string_view name);

// The medium, of `media`, that a user of that name most probably has: if the name is an address,
// the medium of that address; otherwise the first. `media` must not be empty.
domain::Medium MediumOfName(const std::vector<domain::Medium>& media, std::string_view name);

// The state that is noted in the anchor of a user who is not confirmed yet.
domain::SignUpState SignUpStateAfter(bool code_sent, store::WatchedTime now);

// Where a code would be sent for a name that no user has, or whose user must not be revealed: a
// channel such as the pool's users have. It is always the same for the same name.
domain::Channel SimulatedChannel(const Call& call, const domain::Pool& pool, std::string_view name,
                                 domain::Medium medium);

// CodeDeliveryDetailsType.
boost::json::object CodeDeliveryDetails(const domain::Channel& channel);

struct OutgoingCode {
  domain::CodePurpose purpose = domain::CodePurpose::kSignUp;
  std::string_view cause;             // domain::Message::cause
  std::string_view client_id;         // of the call, if it has one
  std::string code;                   // made in the prepare step
  bool pending = false;               // domain::CodeTarget::pending
  domain::CustomMessage custom = {};  // made by PrepareMessage
  domain::CodeAsker asker = domain::CodeAsker::kAnybody;
  domain::SendCount count = domain::SendCount::kCounted;
};
// Called within a commit: makes `code` the slot's code, and queues the message.
// LimitExceededException; TooManyRequestsException where anybody may ask and a ceiling is reached
// (domain/limits/ceilings.h).
base::Status SendCode(store::Tx& tx, const domain::Services& services, const domain::Pool& pool,
                      const domain::User& user, const domain::Channel& channel,
                      const OutgoingCode& code);

// Counts a code that is not sent, in place of SendCode, for a name that no user has.
base::Status SimulateCode(const Call& call, const domain::Pool& pool, std::string_view name,
                          domain::CodePurpose purpose);

// One commit that judges a guess. `change` gives the verdict of domain::JudgeCode, and if the guess
// is right, does what follows from that. A refusal is given only after the commit has counted the
// guess.
base::Status CommitGuess(
    const domain::Services& services,
    const std::function<base::Result<domain::CodeVerdict>(store::Tx& tx)>& change);
// The same where `change` may revoke.
base::Result<store::Release> CommitRevokingGuess(
    const domain::Services& services,
    const std::function<base::Result<domain::CodeVerdict>(store::LogTx& tx)>& change);

// A guess for a name that no user has: it is counted and refused as a user's would be. `none` is as
// for a user.
base::Status GuessInVain(const Call& call, const domain::Pool& pool, std::string_view name,
                         domain::CodePurpose purpose, std::string_view guess, domain::NoCode none);

}  // namespace sallyport::operations
