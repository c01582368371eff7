#include "fixture.h"

#include <cstdlib>
#include <filesystem>

#include "base/encoding.h"
#include "base/random.h"
#include "domain/records/commit.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::domain {

namespace json = boost::json;

testing::AssertionResult Succeeded(const base::Status& status) {
  if (status) return testing::AssertionSuccess();
  return testing::AssertionFailure() << status.error().code << ": " << status.error().message
                                     << " (" << status.error().cause << ")";
}

testing::AssertionResult FailedWith(const base::Status& status, std::string_view code,
                                    std::string_view message) {
  if (!status && status.error().code == code && status.error().message == message) {
    return testing::AssertionSuccess();
  }
  return Succeeded(status) ? testing::AssertionFailure() << "it succeeded" : Succeeded(status);
}

json::object CaseInsensitive(json::object more) {
  more["UsernameConfiguration"] = {{"CaseSensitive", false}};
  return more;
}

DomainTest::DomainTest() {
  std::string path = (std::filesystem::temp_directory_path() / "sallyport-test-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) std::abort();
  directory_ = path;
  auto store = store::OpenSqlite(directory_ + "/data");
  if (!store) std::abort();
  store_ = std::move(*store);
  keys_ = std::make_unique<KeyRing>(*store_, vault_);
  // The lowest cost that Argon2 allows: the tests are not about its cost.
  passwords_ = std::make_unique<PasswordHasher>(8, 1, 1);
  auto time = store::ServerTime::Open(*store_, clock_);
  if (!time) std::abort();
  time_ = std::move(*time);
  families_ = std::make_unique<FamilyKeeper>(*store_, *time_);
  password_looks_ = std::make_unique<PasswordLooks>();
  services_ =
      std::make_unique<Services>(Services{.settings = settings_,
                                          .clock = *time_,
                                          .store = *store_,
                                          .keys = *keys_,
                                          .passwords = *passwords_,
                                          .vault = vault_,
                                          .families = *families_,
                                          .password_looks = *password_looks_,
                                          .issuing_stopped = [this] { return issuing_stopped_; }});
  pool_ = MakePool();
  client_ = MakeClient(*pool_);
}

DomainTest::~DomainTest() {
  services_.reset();
  families_.reset();
  time_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void DomainTest::Outlive(int64_t seconds) {
  const int64_t until = Now() + seconds;
  // Once the clocks have agreed for that long, the time before which things may be forgotten is 15
  // minutes behind.
  clock_.AdvanceMillis(std::max(seconds + 900, store::kGreatestRetentionSeconds) * 1000);
  EXPECT_TRUE(Succeeded(time_->Tick()));
  EXPECT_GE(time_->forget_before().seconds(), until);
}

std::shared_ptr<const Pool> DomainTest::MakePool(json::object description) {
  Pool pool;
  pool.id = "eu-west-1_" + base::RandomString(base::kAlphanumeric, 9);
  pool.name = "test";
  pool.created_millis = clock_.WallMillis();
  pool.description = std::move(description);
  pool.published_issuer = IssuerOf(settings_, pool.id);
  const auto key = MakeTokenKey(pool.id, pool.published_issuer, clock_);
  EXPECT_TRUE(key.ok());
  EXPECT_TRUE(Succeeded(Commit([&](store::LogTx& tx) -> base::Status {
    SALLYPORT_TRY(PutPool(tx, pool));
    return AddTokenKey(tx, vault_, **key);
  })));
  return GetPool(*services_, pool.id).value();
}

std::shared_ptr<const Client> DomainTest::MakeClient(const Pool& pool, json::object description) {
  Client client;
  client.id = base::RandomString(base::kLowerAlphanumeric, 26);
  client.pool_id = pool.id;
  client.name = "test";
  client.description = std::move(description);
  client.greatest_token_seconds = 0;
  ReadDescription(client);
  EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return PutClient(tx, client); })));
  return GetClient(*services_, client.id).value();
}

User DomainTest::MakeUser(const Pool& pool, std::string_view username) {
  User user;
  user.pool_id = pool.id;
  user.sub = base::RandomUuid();
  user.username = username;
  user.created_millis = clock_.WallMillis();
  EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) {
    User written = user;
    auto status = CreateUser(tx, pool, written, false);
    return status;
  })));
  return Reread(user);
}

base::Result<IssuedTokens> DomainTest::SignInAs(const User& user) {
  SALLYPORT_ASSIGN(TokenIssuance issued,
                   CompleteSignIn(*services_, {pool_, client_, user, nullptr}));
  return std::move(issued.tokens);
}

base::Status DomainTest::Commit(const std::function<base::Status(store::LogTx&)>& fn) {
  return WithoutRelease(CommitLog(*services_, fn));
}

User DomainTest::Reread(const User& user) {
  return GetUser(*store_, user.pool_id, user.sub).value().value();
}

std::vector<revocation::Revocation> DomainTest::LogAfter(uint64_t sequence) {
  std::vector<revocation::Revocation> revocations;
  const auto entries = store_->ReadLog(sequence, 100'000);
  EXPECT_TRUE(entries.ok());
  for (const auto& entry : *entries) revocations.push_back(entry.revocation);
  return revocations;
}

json::object DomainTest::ClaimsOf(std::string_view token) {
  const size_t first = token.find('.');
  const size_t second = token.find('.', first + 1);
  const auto bytes = base::Base64UrlDecode(token.substr(first + 1, second - first - 1));
  return json::parse(std::string(bytes->begin(), bytes->end())).as_object();
}

}  // namespace sallyport::domain
