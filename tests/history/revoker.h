// Revoker: makes users and tokens and revokes them in every way, recording each revoking call.
#pragma once

#include <boost/json/object.hpp>
#include <climits>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "api.h"
#include "recorder.h"

namespace sallyport::history {

struct Client {
  Id pool = kNone;
  Id client = kNone;
  std::string pool_id;
  std::string client_id;
};

// What all threads of a run share.
struct Site {
  uint16_t api_port = 0;
  Endpoints servers{};  // of several, where their APIs are; empty: there is one, at api_port
  Nanos api_timeout = 20 * kSecond;
  std::vector<uint16_t> gate_ports;
  Nanos gate_timeout = kSecond;
  Client client;
  // Pools whose issuers the gates know too, and that will be deleted. Guarded by `mutex`.
  std::vector<Client> spare_pools;
  std::mutex mutex;
};

// A token as a gate gets it.
struct Bearer {
  Id token = kNone;
  bool access = false;
  std::string jwt;
};

// One sign-in.
struct Family {
  Id family = kNone;
  Bearer access, id;
  std::string refresh;
};

enum class Cause : uint8_t {
  kRevokeToken,
  kGlobalSignOut,
  kAdminUserGlobalSignOut,
  kAdminDisableUser,
  kAdminDeleteUser,
  kDeleteUser,
  kChangePassword,
  kAdminSetUserPassword,
  kDeleteUserPoolClient,
  kDeleteUserPool,
  kSignOutOnPage,
  kCodeReuse,
  kSignOutByApp,   // OpenID Connect RP-Initiated Logout
  kSsoRevocation,  // the browser's session, with what is linked; where sessions are tracked
};
inline constexpr size_t kCauseCount = 14;

// A revoking call that is ready to be made, and what it concerns.
struct Plan {
  std::vector<Family> covered{};
  std::optional<Family> spared{};
  std::string operation{};
  boost::json::object input{};
  // Not of the API: what is sent instead, and the status that says that it was done.
  std::string request{};
  int success = 200;
  Scope scope = Scope::kFamily;
  Id target = kNone;
};

// For one thread. `seed` spreads them over the servers.
Api ApiOf(const Site& site, uint32_t seed);

// Not thread-safe: one per thread.
class Revoker {
 public:
  Revoker(Recorder& recorder, Site& site, uint32_t seed);

  // nullopt: a call failed (which is the server's fault), or no spare pool is left.
  std::optional<Plan> Prepare(Cause cause);
  // Calls, and calls again without success, until `stop` or this many attempts. True: it was
  // answered with success.
  bool Revoke(const Plan& plan, const std::atomic<bool>& stop, int attempts = INT_MAX);
  // A sign-in of the standing user that only this Revoker will revoke.
  std::optional<Family> SignIn();

 private:
  struct User {
    Id id = kNone;
    std::string name, password;
    Client client;
  };

  bool NeedUser();
  std::optional<User> NewUser(const Client& client);
  std::optional<Family> SignIn(const User& user);
  Family Record(const User& user, Tokens tokens);
  std::optional<Plan> PrepareForStandingUser(Cause cause);
  std::optional<Plan> PrepareForNewUser(Cause cause);
  std::optional<Plan> PrepareClient();
  std::optional<Plan> PreparePool();
  std::optional<Plan> PrepareOnPage(Cause cause);
  std::string NewPassword();

  Recorder& recorder_;
  Site& site_;
  Api api_;
  std::mt19937 random_;
  std::optional<User> user_;
};

}  // namespace sallyport::history
