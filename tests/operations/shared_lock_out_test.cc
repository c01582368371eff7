// The lock-out where several servers serve one store.
#include <functional>
#include <string>
#include <utility>

#include "domain/credentials/password_guesses.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "full_store.h"
#include "store/peers.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AnotherServer final : public store::Peers {
 public:
  store::PeersSeen Seen() const override {
    store::PeersSeen seen;
    seen.others_hold = 0;
    return seen;
  }
  uint64_t AskForBeat() override { return 0; }
  void TakeOver() override {}
  void Hold(uint64_t, bool) override {}
  void OnBeat(std::function<void()>) override {}
};

class SharedStore final : public domain::FullStore {
 public:
  using FullStore::FullStore;

  // Called once, after the next Update.
  std::function<void()> after_update;

  base::Result<store::Written> Update(const std::function<base::Status(store::Tx&)>& fn) override {
    auto written = FullStore::Update(fn);
    if (const auto after = std::exchange(after_update, nullptr)) after();
    return written;
  }
  store::Peers* peers() override { return &other_; }

 private:
  AnotherServer other_;
};

class SharedLockOut : public UserTest {
 protected:
  SharedLockOut() : shared_(*store_) { UseStore(shared_); }
  ~SharedLockOut() override { UseStore(*store_); }

  // As if the other server had looked at them.
  void NoteWrongPasswords(std::string_view name, int64_t times) {
    const auto pool = domain::GetPool(*services_, pool_);
    const auto user = domain::FindUser(*store_, **pool, name);
    const auto subject = domain::GuessSubjectOf(pool_, (*user)->sub);
    const auto noted = store_->Update(
        [&](store::Tx& tx) { return domain::NoteWrongPassword(tx, *services_, subject, times); });
    EXPECT_TRUE(noted.ok() && noted->outcome.ok());
  }

  SharedStore shared_;
};

TEST_F(SharedLockOut, ARightPasswordIsRefusedIfTheOtherServerHasUsedTheAttemptsUpMeanwhile) {
  MakeUser("alice");
  shared_.after_update = [this] { NoteWrongPasswords("alice", 5); };
  EXPECT_TRUE(
      FailedWith(Initiate("alice"), "NotAuthorizedException", "Password attempts exceeded"));
  clock_.AdvanceMillis(1000);
  EXPECT_TRUE(Succeeded(Initiate("alice")));
}

// Its tokens are made before the commit that judges the password.
TEST_F(SharedLockOut, ASignInWhoseTokenWouldBeTooLongTellsNothingOfThePassword) {
  MakeUser("alice");
  for (int i = 0; i < 90; ++i) {
    const std::string group = std::string(126, 'g') + std::to_string(10 + i);
    ASSERT_TRUE(
        Succeeded(Call("CreateGroup", json::object{{"UserPoolId", pool_}, {"GroupName", group}})));
    ASSERT_TRUE(Succeeded(Admin("AdminAddUserToGroup", "alice", {{"GroupName", group}})));
  }
  EXPECT_EQ(Initiate("alice").code, "InvalidParameterException");
  shared_.after_update = [this] { NoteWrongPasswords("alice", 5); };
  EXPECT_TRUE(
      FailedWith(Initiate("alice"), "NotAuthorizedException", "Password attempts exceeded"));
}

}  // namespace
}  // namespace sallyport::operations
