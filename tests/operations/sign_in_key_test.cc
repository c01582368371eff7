// The key of a sign-in: read before the commit, which checks that it signs still.
#include <functional>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "domain/keys/key_rotation.h"
#include "full_store.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

class RotatingStore final : public domain::FullStore {
 public:
  using FullStore::FullStore;

  // Called once, before the next UpdateLog.
  std::function<void()> before_log;

  base::Result<store::Committed> UpdateLog(
      const std::function<base::Status(store::LogTx&)>& fn) override {
    if (const auto before = std::exchange(before_log, nullptr)) before();
    return FullStore::UpdateLog(fn);
  }
};

class SignInKey : public UserTest {
 protected:
  SignInKey() : rotating_(*store_) { UseStore(rotating_); }
  ~SignInKey() override { UseStore(*store_); }

  static std::string KidOf(const std::string& token) {
    const auto header = base::Base64UrlDecode(token.substr(0, token.find('.')));
    const auto parsed = boost::json::parse(std::string(header->begin(), header->end()));
    return std::string(parsed.as_object().at("kid").as_string());
  }
  std::string Signing() { return keys_->Current(pool_).value()->kid; }

  RotatingStore rotating_;
};

TEST_F(SignInKey, TheTokensAreSignedAnewIfTheirKeyHasRetiredBeforeTheCommit) {
  constexpr int64_t kTwoDays = int64_t{48} * 3600 * 1000;
  MakeUser("alice");
  const std::string before = Signing();
  ASSERT_TRUE(domain::NoteJwksLifetime(*services_).ok());
  ASSERT_TRUE(domain::BeginRotation(*services_, pool_).ok());
  clock_.AdvanceMillis(kTwoDays);
  rotating_.before_log = [this] {
    EXPECT_TRUE(
        domain::LetNextKeysSign(*services_, [](const store::Release&) { return true; }).ok());
  };
  const Tokens tokens = SignIn("alice");
  EXPECT_NE(Signing(), before);
  EXPECT_EQ(KidOf(tokens.access), Signing());
  EXPECT_EQ(KidOf(tokens.id), Signing());
}

}  // namespace
}  // namespace sallyport::operations
