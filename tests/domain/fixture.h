// DomainTest: the domain's rules on a real SQLite store in a directory of its own.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/clients/client.h"
#include "domain/credentials/password_hasher.h"
#include "domain/credentials/password_looks.h"
#include "domain/keys/key_ring.h"
#include "domain/keys/vault.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/tokens/family_keeper.h"
#include "domain/tokens/issue.h"
#include "domain/users/user.h"
#include "revocation/revocation.h"
#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::domain {

testing::AssertionResult Succeeded(const base::Status& status);
testing::AssertionResult FailedWith(const base::Status& status, std::string_view code,
                                    std::string_view message);
template <typename T>
base::Status StatusOf(const base::Result<T>& result) {
  if (result.ok()) return {};
  return result.error();
}

// The description of a pool in which names that differ only in case are the same.
boost::json::object CaseInsensitive(boost::json::object more = {});

class DomainTest : public testing::Test {
 protected:
  DomainTest();
  ~DomainTest() override;

  // One pool with a key, published, and one client of it.
  std::shared_ptr<const Pool> MakePool(boost::json::object description = {});
  std::shared_ptr<const Client> MakeClient(const Pool& pool, boost::json::object description = {});
  // A confirmed user without a password.
  User MakeUser(const Pool& pool, std::string_view username);
  // A sign-in whose password was verified.
  base::Result<IssuedTokens> SignInAs(const User& user);

  base::Status Commit(const std::function<base::Status(store::LogTx&)>& fn);
  User Reread(const User& user);
  std::vector<revocation::Revocation> LogAfter(uint64_t sequence);
  uint64_t Head() { return store_->Head().sequence; }
  int64_t Now() const { return clock_.WallSeconds(); }
  // Lets time pass on every clock, until everything that had to be kept for `seconds` may be
  // forgotten.
  void Outlive(int64_t seconds);
  // The payload of a compact JWS.
  static boost::json::object ClaimsOf(std::string_view token);

  std::string directory_;
  base::ManualClock clock_;
  Settings settings_;
  bool issuing_stopped_ = false;
  const Vault vault_{std::array<uint8_t, 32>{}};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::ServerTime> time_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<PasswordHasher> passwords_;
  std::unique_ptr<FamilyKeeper> families_;
  std::unique_ptr<PasswordLooks> password_looks_;
  std::unique_ptr<Services> services_;
  std::shared_ptr<const Pool> pool_;
  std::shared_ptr<const Client> client_;
};

}  // namespace sallyport::domain
