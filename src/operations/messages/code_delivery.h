// What the operations share that send codes and take them back.
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

// What the operations are given that are called by users who are not signed in.
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

// The client, which has proven itself by its hash over the user's name, and its pool.
struct PublicCaller {
  std::shared_ptr<const domain::Client> client;
  std::shared_ptr<const domain::Pool> pool;
  std::string_view username;  // as given
};
// ResourceNotFoundException, NotAuthorizedException.
base::Result<PublicCaller> PublicCallerOf(const Call& call, const PublicName& given);

// Where the code goes that confirms a sign-up: an address that is verified automatically; the phone
// number first.
std::optional<domain::Channel> SignUpChannel(const domain::Pool& pool, const domain::User& user);

// The medium by which a sign-up of that name would be sent its code; nullopt where the pool
// verifies no address automatically.
std::optional<domain::Medium> LikelySignUpMedium(const domain::Pool& pool, std::string_view name);

// Of `media`, the one that a user of that name most likely has: that of the name, if it is an
// address, otherwise the first. There is one.
domain::Medium MediumOfName(const std::vector<domain::Medium>& media, std::string_view name);

// What the anchor of a user notes who is yet to be confirmed.
domain::SignUpState SignUpStateAfter(bool code_sent, store::WatchedTime now);

// Where a code goes for a name that no user has, or none that may be told: a channel as the pool's
// users have it, the same for the same name.
domain::Channel SimulatedChannel(const Call& call, const domain::Pool& pool, std::string_view name,
                                 domain::Medium medium);

// CodeDeliveryDetailsType.
boost::json::object CodeDeliveryDetails(const domain::Channel& channel);

struct OutgoingCode {
  domain::CodePurpose purpose = domain::CodePurpose::kSignUp;
  std::string_view cause;             // domain::Message::cause
  std::string_view client_id;         // of the call, where it has one
  std::string code;                   // made in the prepare step
  bool pending = false;               // domain::CodeTarget::pending
  domain::CustomMessage custom = {};  // PrepareMessage's
  domain::CodeAsker asker = domain::CodeAsker::kAnybody;
  domain::SendCount count = domain::SendCount::kCounted;
};
// Within a commit: makes it the slot's code, and queues the message. LimitExceededException;
// TooManyRequestsException where anybody asks and a ceiling is reached (domain/limits/ceilings.h).
base::Status SendCode(store::Tx& tx, const domain::Services& services, const domain::Pool& pool,
                      const domain::User& user, const domain::Channel& channel,
                      const OutgoingCode& code);

// Counts a code that goes nowhere: what SendCode does for a name that no user has.
base::Status SimulateCode(const Call& call, const domain::Pool& pool, std::string_view name,
                          domain::CodePurpose purpose);

// One commit that judges a guess. `change` gives the verdict of domain::JudgeCode, after what
// follows where it is right. Its refusal is answered only after the commit has counted it.
base::Status CommitGuess(
    const domain::Services& services,
    const std::function<base::Result<domain::CodeVerdict>(store::Tx& tx)>& change);
// The same where what follows may revoke.
base::Result<store::Release> CommitRevokingGuess(
    const domain::Services& services,
    const std::function<base::Result<domain::CodeVerdict>(store::LogTx& tx)>& change);

// A guess for a name that no user has: counted and refused as a user's would be. `none`: as the
// user's is judged.
base::Status GuessInVain(const Call& call, const domain::Pool& pool, std::string_view name,
                         domain::CodePurpose purpose, std::string_view guess, domain::NoCode none);

}  // namespace sallyport::operations
