// How names are compared, and what becomes of names that an older version stored by other rules.
#include "domain/users/names.h"

#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "domain/credentials/password.h"
#include "domain/pools/pool.h"
#include "domain/users/name_upkeep.h"
#include "domain/users/user.h"
#include "domain/users/user_filter.h"
#include "domain/users/user_removal.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

constexpr std::string_view kCapital = "\u00c9cole";      // École
constexpr std::string_view kSmall = "\u00e9cole";        // école
constexpr std::string_view kDecomposed = "e\u0301cole";  // e, then the accent
constexpr std::string_view kCapitalDecomposed = "E\u0301COLE";

class NamesTest : public DomainTest {
 protected:
  NamesTest() {
    case_sensitive_ = MakePool({{"UsernameConfiguration", {{"CaseSensitive", true}}}});
    case_insensitive_ = MakePool(
        {{"UsernameConfiguration", {{"CaseSensitive", false}}}, {"AliasAttributes", {"email"}}});
  }

  std::optional<User> Find(const Pool& pool, std::string_view name) {
    return FindUser(*store_, pool, name).value();
  }
  // The result "" means that nobody has the name.
  std::string SubOf(const Pool& pool, std::string_view name) {
    const std::optional<User> user = Find(pool, name);
    EXPECT_EQ(FindSub(*store_, pool, name).value(), user ? std::optional(user->sub) : std::nullopt);
    return user ? user->sub : "";
  }
  base::Status Create(const Pool& pool, std::string_view name, std::string_view email = "") {
    User user;
    user.pool_id = pool.id;
    user.sub = "sub of " + std::string(name);
    user.username = name;
    user.created_millis = clock_.WallMillis();
    if (!email.empty()) {
      user.attributes = {{"email", std::string(email)}, {"email_verified", "true"}};
    }
    return Commit([&](store::Tx& tx) { return CreateUser(tx, pool, user, false); });
  }
  // A user as stored by a version that compared names only in ASCII.
  User CreateOld(const Pool& pool, std::string_view name, std::string_view email = "") {
    User user = MakeUser(pool, "old " + std::to_string(number_++));
    EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_TRY(tx.Delete("username/" + pool.id + "/" + user.username));
      user.username = name;
      SALLYPORT_TRY(
          tx.Put("username/" + pool.id + "/" + FormerlyNormalised(pool, name), user.sub, {}));
      if (!email.empty()) {
        user.attributes = {{"email", std::string(email)}, {"email_verified", "true"}};
        SALLYPORT_TRY(
            tx.Put("alias/" + pool.id + "/email/" + FormerlyNormalised(pool, email), user.sub, {}));
      }
      SALLYPORT_TRY(tx.Delete("meta/names-renewed"));
      return PutUser(tx, user);
    })));
    return user;
  }
  void Upgrade() { ASSERT_TRUE(Succeeded(KeepNames(*services_))); }
  size_t Colliding() { return store_->List(kCollidingNames, "", std::nullopt, 100)->size(); }
  base::Status Delete(const Pool& pool, const User& user) {
    return Commit([&](store::Tx& tx) { return DeleteUser(tx, pool, user); });
  }

  std::shared_ptr<const Pool> case_sensitive_, case_insensitive_;
  int number_ = 0;
};

TEST_F(NamesTest, OneNameInAllItsSpellings) {
  const Pool& pool = *case_insensitive_;
  const std::vector<std::pair<std::string_view, std::string_view>> same{
      {"Ada", "aDA"},
      {kCapital, kSmall},
      {kDecomposed, kSmall},
      {kCapitalDecomposed, kSmall},
      {"file", "\ufb01le"},                          // a ligature
      {"STRASSE", "stra\u00dfe"},                    // ß
      {"\u03a3\u0399\u03a3", "\u03c3\u03b9\u03c2"},  // ΣΙΣ, σις: the sigma at the end is another
      {"\u0410\u041d\u041d\u0410", "\u0430\u043d\u043d\u0430"},  // АННА, анна
      {"\u212b", "\u00e5"},                                      // the sign of the Angstrom
      {"\uac00", "\u1100\u1161"},                                // Hangul
      {"ad\u034fmin", "admin"},                                  // what nobody sees
      {"admin\u3164", "ADMIN"},
      {"\u2764\ufe0f", "\u2764"}};
  for (const auto& [one, other] : same) {
    EXPECT_EQ(Normalised(pool, one), Normalised(pool, other)) << one << " " << other;
    EXPECT_EQ(Normalised(pool, Normalised(pool, one)), Normalised(pool, one)) << one;
    EXPECT_EQ(CaseFolded(one), CaseFolded(other));
  }
}

TEST_F(NamesTest, NamesThatOnlyLookAlikeAreOthers) {
  const Pool& pool = *case_insensitive_;
  const std::vector<std::pair<std::string_view, std::string_view>> others{
      {"admin", "\u0430dmin"},  // Cyrillic
      {"admin", "\uff41dmin"},  // full width
      {"resume", "r\u00e9sum\u00e9"},
      {"i", "\u0131"},  // without a dot
      {"x1", "x\u00b9"}};
  for (const auto& [one, other] : others) {
    EXPECT_NE(Normalised(pool, one), Normalised(pool, other)) << one << " " << other;
  }
}

TEST_F(NamesTest, WhereCaseCountsOnlyTheWayOfWritingDoesNot) {
  const Pool& pool = *case_sensitive_;
  EXPECT_EQ(Normalised(pool, kDecomposed), Normalised(pool, kSmall));
  EXPECT_NE(Normalised(pool, kCapital), Normalised(pool, kSmall));
  EXPECT_NE(Normalised(pool, "Ada"), Normalised(pool, "ada"));
}

TEST_F(NamesTest, WhatIsNoTextOrNotSeenAtAllIsComparedAsItIs) {
  const Pool& pool = *case_insensitive_;
  EXPECT_EQ(Normalised(pool, "\xc3("), "\xc3(");
  EXPECT_EQ(Normalised(pool, ""), "");
  EXPECT_EQ(Normalised(pool, "\u3164"), "\u3164");
}

TEST_F(NamesTest, AUserIsFoundHoweverTheNameIsWrittenAndNobodyGetsItAgain) {
  const Pool& pool = *case_insensitive_;
  ASSERT_TRUE(Succeeded(Create(pool, kCapital, "J\u00dcRGEN@example.org")));
  for (const std::string_view name : {kCapital, kSmall, kDecomposed, kCapitalDecomposed,
                                      std::string_view("ju\u0308rgen@EXAMPLE.org")}) {
    EXPECT_EQ(SubOf(pool, name), "sub of " + std::string(kCapital)) << name;
  }
  EXPECT_EQ(Create(pool, kDecomposed).error().code, "UsernameExistsException");
  EXPECT_EQ(Create(pool, "other", "j\u00fcrgen@example.org").error().code, "AliasExistsException");
  EXPECT_EQ(SubOf(pool, "ecole"), "");
}

TEST_F(NamesTest, NamesOfAnOlderVersionAreFoundByTheirPresentForms) {
  const Pool& pool = *case_insensitive_;
  const User old = CreateOld(pool, kCapital, "J\u00dcRGEN@example.org");
  EXPECT_EQ(SubOf(pool, kCapital), old.sub) << "before the upgrade, too";
  Upgrade();
  for (const std::string_view name :
       {kCapital, kSmall, kCapitalDecomposed, std::string_view("j\u00fcrgen@example.org")}) {
    EXPECT_EQ(SubOf(pool, name), old.sub) << name;
  }
  EXPECT_EQ(Colliding(), 0U);
  EXPECT_EQ(Create(pool, kSmall).error().code, "UsernameExistsException");
  ASSERT_TRUE(Succeeded(Delete(pool, Reread(old))));
  EXPECT_EQ(SubOf(pool, kCapital), "");
  EXPECT_TRUE(Succeeded(Create(pool, kSmall))) << "nothing of it is left";
}

TEST_F(NamesTest, NamesThatNewlyCollideKeepWorkingEachAsItWasWritten) {
  const Pool& pool = *case_insensitive_;
  const User small = CreateOld(pool, kSmall, "\u00e9@example.org");
  const User capital = CreateOld(pool, kCapital, "\u00c9@example.org");
  const User decomposed = CreateOld(pool, kDecomposed);
  for (int starts = 0; starts < 2; ++starts) {
    Upgrade();
    EXPECT_EQ(Colliding(), 3U) << "two usernames and an alias";
    EXPECT_EQ(SubOf(pool, kSmall), small.sub);
    EXPECT_EQ(SubOf(pool, kCapital), capital.sub);
    EXPECT_EQ(SubOf(pool, kDecomposed), decomposed.sub);
    EXPECT_EQ(SubOf(pool, "\u00e9@example.org"), small.sub);
    EXPECT_EQ(SubOf(pool, "\u00c9@example.org"), capital.sub);
    // A spelling that was one of them in the older version still is, and any other spelling means
    // the user whose stored name equals its form.
    EXPECT_EQ(SubOf(pool, kCapitalDecomposed), decomposed.sub);
    EXPECT_EQ(SubOf(pool, "\u00e9co\u034fle"), small.sub);
    for (const std::string_view name : {kSmall, kCapital, kDecomposed}) {
      EXPECT_EQ(Create(pool, name).error().code, "UsernameExistsException");
    }
  }
}

TEST_F(NamesTest, OneThatCollidedTakesTheFormThatHasBecomeFree) {
  const Pool& pool = *case_insensitive_;
  const User small = CreateOld(pool, kSmall);
  const User capital = CreateOld(pool, kCapital);
  Upgrade();
  EXPECT_EQ(Colliding(), 1U);
  ASSERT_TRUE(Succeeded(Delete(pool, Reread(small))));
  EXPECT_EQ(SubOf(pool, kCapital), capital.sub) << "another's deletion takes nothing from it";
  Upgrade();
  EXPECT_EQ(Colliding(), 0U);
  EXPECT_EQ(SubOf(pool, kSmall), capital.sub);
  ASSERT_TRUE(Succeeded(Delete(pool, Reread(capital))));
  EXPECT_EQ(SubOf(pool, kSmall) + SubOf(pool, kCapital), "");
}

TEST_F(NamesTest, ValuesOfAnOlderVersionAreFoundByListUsersInAnySpelling) {
  const Pool& pool = *case_insensitive_;
  User user = CreateOld(pool, kCapital);
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) {
    user.attributes["name"] = kCapital;
    return PutUser(tx, user);
  })));
  const auto write_listing = [&](std::string_view meta) {
    return Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_TRY(tx.Put("meta/names-renewed", meta, {}));
      return tx.Put("listing/" + pool.id + "/" + user.sub, user.sub,
                    {{std::string(kUsersByCreation), pool.id + "/1"},
                     {UserIndex("name"), pool.id + "/" + base::LowerCase(kCapital) + "/1"}});
    });
  };
  const auto found = [&](std::string_view filter) {
    return UserCandidates(*store_, pool, UserFilter::Parse(filter).value(), std::nullopt, 10)
        ->size();
  };
  ASSERT_TRUE(Succeeded(write_listing("")));
  Upgrade();
  EXPECT_EQ(found("name = \"" + std::string(kSmall) + "\""), 1U);
  EXPECT_EQ(found("name ^= \"" + std::string(kSmall).substr(0, 3) + "\""), 1U);
  // Only once.
  ASSERT_TRUE(Succeeded(write_listing("with index rows")));
  Upgrade();
  EXPECT_EQ(found("name = \"" + std::string(kSmall) + "\""), 0U);
}

TEST_F(NamesTest, DeletingOneThatCollidesLeavesTheOther) {
  const Pool& pool = *case_insensitive_;
  const User small = CreateOld(pool, kSmall);
  const User capital = CreateOld(pool, kCapital);
  Upgrade();
  ASSERT_TRUE(Succeeded(Delete(pool, Reread(capital))));
  EXPECT_EQ(Colliding(), 0U);
  EXPECT_EQ(SubOf(pool, kSmall), small.sub);
  EXPECT_EQ(SubOf(pool, kCapital), small.sub);
}

TEST_F(NamesTest, AVerifierOfAnOlderVersionServesWithTheNameThatItWasMadeWith) {
  const Pool& pool = *case_insensitive_;
  User user = CreateOld(pool, kCapital);
  Upgrade();
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto prepared, PreparePassword(*services_, pool, user, "Passw0rd!"));
    SALLYPORT_TRY(SetPassword(tx, pool, user, prepared, kConfirmed, clock_.WallMillis()));
    return PutUser(tx, user);
  })));
  const std::string key = "password/" + pool.id + "/" + user.sub;
  json::object record = json::parse(*store_->Get(key).value()).as_object();
  EXPECT_EQ(GetSrpVerifier(*services_, *store_, pool, user).value()->user_id, kSmall);
  EXPECT_FALSE(PreparePasswordUpgrade(*services_, pool, user, "Passw0rd!").value().has_value());
  record.erase("SrpUserId");
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return tx.Put(key, json::serialize(record), {}); })));
  EXPECT_EQ(GetSrpVerifier(*services_, *store_, pool, user).value()->user_id, kCapital);
  // The next time the password is entered, another hash is made.
  const auto upgrade = PreparePasswordUpgrade(*services_, pool, user, "Passw0rd!").value();
  ASSERT_TRUE(upgrade.has_value());
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return UpgradePassword(tx, user, *upgrade); })));
  EXPECT_EQ(GetSrpVerifier(*services_, *store_, pool, user).value()->user_id, kSmall);
}

TEST_F(NamesTest, WhatIsLikeNoNameCostsNothingToCompare) {
  // Two combining marks in the wrong order, repeated many times: sorting them could take quadratic
  // time.
  std::string marks = "a";
  for (int i = 0; i < 60'000; ++i) marks += "\u0300\u0323";
  std::string many = "a";
  for (int i = 0; i < 31; ++i) many += "\u0300";
  for (const std::string& name : {marks, many, std::string(3000, 'a') + "\u00e9"}) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(Normalised(*case_sensitive_, name), name);
    EXPECT_EQ(CaseFolded(name).size(), name.size());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  }
}

TEST_F(NamesTest, AUsernameHasOnlyWhatTheApisPatternLets) {
  for (const char* name : {"ada", "\u00c9cole", "e\u0301", "1+1=2", "\U0001F600", "a_b.c@d",
                           "\u2764\ufe0f", "a\u034f"}) {
    EXPECT_TRUE(IsUsername(name)) << name;
  }
  for (const char* name : {"", "a b", "\u200b", "a\u202e", "\x01", "a\u2028", "\u00a0", "\ufeff",
                           "\ue000", "\xff", "\u034f", "\u3164", "\ufe0f\u034f"}) {
    EXPECT_FALSE(IsUsername(name)) << name;
  }
}

}  // namespace
}  // namespace sallyport::domain
