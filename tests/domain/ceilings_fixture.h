// CeilingsTest: what its tests do as callers without credentials, and what they count.
#pragma once

#include <array>
#include <boost/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "domain/credentials/challenge.h"
#include "domain/credentials/code.h"
#include "domain/credentials/code_record.h"
#include "domain/credentials/used_sessions.h"
#include "domain/limits/ceilings.h"
#include "domain/messages/message.h"
#include "domain/tokens/family.h"
#include "domain/users/sign_ups.h"
#include "domain/users/user_removal.h"
#include "fixture.h"
#include "store/sqlite/sqlite_store.h"
#include "upkeep/leftover_keeper.h"

namespace sallyport::domain {

inline constexpr int64_t kHour = 3'600'000;

class CeilingsTest : public DomainTest {
 protected:
  CeilingsTest() { services_->ceiling_watch = &watch_; }

  LeftoverUse Use(Leftover leftover) { return UseOf(*store_, leftover).value(); }

  // The count of each kind equals the number of rows in its index, also after the store is opened
  // again.
  void ExpectExactCounts() {
    std::array<store::IndexCount, kLeftovers> counts;
    for (size_t i = 0; i < kLeftovers; ++i) {
      const std::string_view index = LeftoverIndex(static_cast<Leftover>(i));
      counts[i] = store_->CountOf(index).value();
      const auto items = store_->List(index, "", std::nullopt, 100'000).value();
      EXPECT_EQ(counts[i].records, static_cast<int64_t>(items.size())) << index;
      int64_t bytes = 0;
      for (const auto& item : items) {
        bytes += static_cast<int64_t>(item.key.size() + item.value.size() + item.sort.size());
      }
      EXPECT_GE(counts[i].bytes, bytes) << index;
      EXPECT_EQ(counts[i].bytes == 0, items.empty()) << index;
    }
    services_.reset();
    families_.reset();
    keys_.reset();
    time_.reset();
    store_.reset();
    store_ = std::move(*store::OpenSqlite(directory_ + "/data"));
    for (size_t i = 0; i < kLeftovers; ++i) {
      EXPECT_EQ(store_->CountOf(LeftoverIndex(static_cast<Leftover>(i))).value(), counts[i]);
    }
  }

  base::Status SendUnknown(std::string_view name, CodePurpose purpose) {
    return Commit([&](store::Tx& tx) {
      return PutCode(tx, *services_, UnknownSlot(*services_, *pool_, name, purpose), "", {},
                     CodeAsker::kAnybody);
    });
  }
  // Sent to names that nobody has, in few commits.
  void SendToMany(int names) {
    for (int next = 0; next < names;) {
      ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
        for (const int end = next + 100; next < end; ++next) {
          const CodeSlot slot = UnknownSlot(*services_, *pool_, "other" + std::to_string(next),
                                            CodePurpose::kForgotPassword);
          SALLYPORT_TRY(PutCode(tx, *services_, slot, "", {}, CodeAsker::kAnybody));
        }
        return {};
      })));
    }
  }
  CodeVerdict Guess(const CodeSlot& slot, std::string_view code) {
    CodeVerdict verdict;
    EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(verdict, JudgeCode(tx, *services_, slot, code, CodeUse::kKeep));
      return {};
    })));
    return verdict;
  }
  base::Status Send(const User& user, CodeAsker asker, std::string_view code = "123456") {
    return Commit([&](store::Tx& tx) {
      return PutCode(tx, *services_, {pool_->id, user.sub, CodePurpose::kForgotPassword}, code,
                     {"email", "a@b"}, asker);
    });
  }

  base::Result<User> SignUp(std::string_view name, bool code_sent = true) {
    User user;
    user.pool_id = pool_->id;
    user.sub = base::RandomUuid();
    user.username = name;
    user.status = kUnconfirmed;
    user.created_millis = clock_.WallMillis();
    user.sign_up = {code_sent, clock_.WallMillis() + (code_sent ? 24 * kHour : 0)};
    const base::Status done = Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_TRY(MakeRoomForSignUp(tx, *services_));
      User written = user;
      return CreateUser(tx, *pool_, written, false);
    });
    SALLYPORT_TRY(done);
    return user;
  }
  bool Exists(const User& user) {
    return GetUser(*store_, user.pool_id, user.sub).value().has_value();
  }
  // Makes sign-ups until the ceiling is reached; gives how many there were.
  std::vector<User> FillSignUps(bool code_sent = true) {
    std::vector<User> users;
    for (int i = 0; i < 1000; ++i) {
      auto user =
          SignUp("filler" + std::to_string(users.size()) + (code_sent ? "c" : "n"), code_sent);
      if (!user) {
        EXPECT_TRUE(FailedWith(StatusOf(user), "TooManyRequestsException",
                               "Too many sign-ups wait to be confirmed. Please try again later."));
        return users;
      }
      users.push_back(*user);
    }
    ADD_FAILURE() << "no ceiling";
    return users;
  }

  ChallengeRecord CustomChallenge(size_t sealed) {
    return {.name = "CUSTOM_CHALLENGE",
            .pool_id = pool_->id,
            .client_id = client_->id,
            .sub = "s",
            .expires_millis = clock_.WallMillis() + 180'000,
            .ends_millis = time_->watched().millis() + 180'000,
            .sealed = std::string(sealed, 'x'),
            .by_anybody = true};
  }
  base::Status Ask(std::string_view session, size_t sealed = 500) {
    return Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_TRY(MakeRoomForChallenge(tx, *services_));
      return PutChallenge(tx, session, CustomChallenge(sealed));
    });
  }

  base::Status Answered(const SessionNumber& session, int64_t lives_millis = 180'000) {
    return Commit([&](store::Tx& tx) {
      return UseOnce(tx, *services_, session, clock_.WallMillis() + lives_millis);
    });
  }

  CeilingWatch watch_;
};

}  // namespace sallyport::domain
