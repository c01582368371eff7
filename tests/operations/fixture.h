// OperationTest: calls go through the Dispatcher with JSON, as they do in the server, on a real
// store in a directory of their own: in SQLite, or where OpenStore says. Answers are checked
// against the model.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "domain/credentials/password_hasher.h"
#include "domain/credentials/password_looks.h"
#include "domain/keys/key_ring.h"
#include "domain/keys/vault.h"
#include "domain/services.h"
#include "domain/tokens/family_keeper.h"
#include "operations/dispatcher.h"
#include "scripted_hooks.h"
#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::operations {

// The answer to one call.
struct Reply {
  int status = 0;
  std::string code;  // empty: success
  std::string message;
  std::string cause;
  std::optional<uint64_t> await_release;  // nullopt: nothing is waited for
  boost::json::object body;

  bool ok() const { return status == 200; }
  // The value at a path: "UserPool.Policies.PasswordPolicy.MinimumLength"; null where there is
  // none.
  boost::json::value At(std::string_view path) const;
  std::string Text(std::string_view path) const;
};

// For EXPECT_TRUE(Succeeded(reply)) and EXPECT_TRUE(FailedWith(reply, code, message)).
testing::AssertionResult Succeeded(const Reply& reply);
testing::AssertionResult FailedWith(const Reply& reply, std::string_view code,
                                    std::string_view message);

// For CreateUserPool: names that differ only in case are the same.
boost::json::object CaseInsensitive(boost::json::object more = {});

// Opens the store whose files are in this directory; nullptr: in SQLite. Set before any test runs.
using OpenStore = base::Result<std::unique_ptr<store::Store>> (*)(const std::string& directory);
inline OpenStore open_store = nullptr;

class OperationTest : public testing::Test {
 protected:
  OperationTest();
  ~OperationTest() override;

  // `input` as JSON text or as a value.
  Reply Call(std::string_view operation, std::string_view input);
  Reply Call(std::string_view operation, const boost::json::object& input);

  // Makes a pool, with `more` in addition to a name, and returns its id; makes a client of it, and
  // returns its id.
  std::string MakePool(boost::json::object more = {});
  std::string MakeClient(const std::string& pool_id, boost::json::object more = {});

  // Closes the store and opens it again: what was acknowledged must still be there.
  void Restart();

  // Entries of the RevocationLog after `sequence`.
  std::vector<revocation::LogEntry> LogAfter(uint64_t sequence);
  // From now on calls use this store, which must outlive them.
  void UseStore(store::Store& store);

  std::string directory_;
  // The clock begins at the present time, because tokens are judged by it alone.
  base::ManualClock clock_{base::SystemClock::Get().WallMillis()};
  domain::Settings settings_;
  bool issuing_stopped_ = false;
  const domain::Vault vault_{std::array<uint8_t, 32>{}};
  // The result of checking the calls' SigV4 signature; if it is an error, verify_signature gives
  // it.
  base::Result<std::string> signed_region_ = std::string("eu-west-1");

  // The pool's functions, for LambdaConfig.
  domain::ScriptedHooks hooks_;

  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::ServerTime> time_;
  std::unique_ptr<domain::KeyRing> keys_;
  std::unique_ptr<domain::PasswordHasher> passwords_;
  std::unique_ptr<domain::FamilyKeeper> families_;
  std::unique_ptr<domain::PasswordLooks> password_looks_;
  std::unique_ptr<domain::Services> services_;
  std::unique_ptr<Dispatcher> dispatcher_;

 private:
  void Open();
  void Close();
};

}  // namespace sallyport::operations
