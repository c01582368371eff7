// What is PostgreSQL's alone: several servers, conflicts, round trips, and a database that is away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <limits>
#include <thread>

#include "backend.h"
#include "base/error_codes.h"
#include "cutting_proxy.h"
#include "postgres_fixture.h"
#include "server.h"
#include "store/server_time.h"
#include "store_postgres/address.h"
#include "store_postgres/postgres_store.h"
#include "store_postgres/queries.h"

namespace sallyport::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

// How long a call may take at most: postgres_store.h.
constexpr auto kStatedTime = seconds(9);

TEST_F(PostgresTest, TwoStoresThatAppendAtOnceAreInNobodysWayAndTheLogIsOne) {
  const auto one = Open({}, "one");
  const auto other = Open({}, "other");
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    Store& store = t % 2 == 0 ? *one : *other;
    threads.emplace_back([&store, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string name = std::to_string(t) + "/" + std::to_string(i);
        const auto committed = store.UpdateRevoking([&](LogTx& tx) -> base::Status {
          SALLYPORT_TRY(tx.Append(Family(name + "a")));
          return tx.Append(Family(name + "b"));
        });
        ASSERT_TRUE(committed.ok() && committed->outcome.ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(one->figures().conflicts + other->figures().conflicts, 0U);
  ASSERT_TRUE(one->Barrier().ok());
  ASSERT_TRUE(other->Barrier().ok());
  ASSERT_EQ(one->Head().sequence, 800U);
  EXPECT_EQ(one->Head(), other->Head());
  revocation::LogHash hash{};
  uint64_t sequence = 0;
  const auto log = one->ReadLog(0, 1000);
  for (const auto& entry : log.value()) {
    hash = revocation::NextHash(hash, ++sequence, entry.revocation);
    ASSERT_EQ(entry.position.sequence, sequence);
    ASSERT_EQ(entry.position.hash, hash);
  }
  EXPECT_EQ(sequence, 800U);
}

TEST_F(PostgresTest, TwoStoresThatRaiseOneNumberGetThroughWithBoundedRuns) {
  const auto one = Open({}, "one");
  const auto other = Open({}, "other");
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    Store& store = t % 2 == 0 ? *one : *other;
    threads.emplace_back([&store] {
      for (int i = 0; i < 20; ++i) {
        const auto written = store.Update([](Tx& tx) -> base::Status {
          SALLYPORT_ASSIGN(const auto value, tx.Get("n"));
          return tx.Put("n", std::to_string(std::stoi(value.value_or("0")) + 1), {});
        });
        ASSERT_TRUE(written.ok() && written->outcome.ok()) << written.error().cause;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(one->Get("n").value(), "120");
  const uint64_t conflicts = one->figures().conflicts + other->figures().conflicts;
  EXPECT_LT(conflicts, 120U * 4);
  EXPECT_EQ(one->figures().given_up + other->figures().given_up, 0U);
}

TEST_F(PostgresTest, TakesAsFewRoundTripsAsItsRulesNeed) {
  const auto store = Open({.period = seconds(60)});
  ASSERT_TRUE(Put(*store, "user", "1").ok());
  ASSERT_TRUE(Put(*store, "client", "1").ok());
  // The least of several: what runs by itself counts too.
  const auto trips_of = [&](const std::function<void()>& work) {
    uint64_t least = std::numeric_limits<uint64_t>::max();
    for (int i = 0; i < 4; ++i) {
      const uint64_t before = store->figures().round_trips;
      work();
      least = std::min(least, store->figures().round_trips - before);
    }
    return least;
  };
  EXPECT_EQ(trips_of([&] { ASSERT_TRUE(store->Get("user").ok()); }), 1U);
  EXPECT_EQ(trips_of([&] { ASSERT_TRUE(Put(*store, "user", "2").ok()); }), 1U)
      << "a change that reads nothing";
  // What an operation has read its commit verifies, with all that it writes.
  EXPECT_EQ(trips_of([&] {
              ASSERT_TRUE(store->Get("user").ok());
              ASSERT_TRUE(store->Get("client").ok());
              const auto written = store->Update([](Tx& tx) -> base::Status {
                SALLYPORT_ASSIGN(const auto user, tx.Get("user"));
                SALLYPORT_ASSIGN(const auto client, tx.Get("client"));
                return tx.Put("user", *user + *client, {{"index", "sort"}});
              });
              ASSERT_TRUE(written.ok() && written->outcome.ok());
            }),
            2U + 1U);
}

TEST_F(PostgresTest, ACommitWhoseAnswerIsLostIsLookedUpAndDoneOnce) {
  CuttingProxy proxy(server().socket());
  auto opened = OpenPostgres(PostgresServer::At(proxy.directory(), database_.name()), data());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  PostgresStore& store = **opened;
  for (const auto cut : {CuttingProxy::Cut::kBefore, CuttingProxy::Cut::kAfter}) {
    ASSERT_TRUE(Put(store, "n", "0").ok());
    int runs = 0;
    const int cuts = proxy.cuts();
    proxy.CutNext(cut);
    const auto committed = store.UpdateRevoking([&](LogTx& tx) -> base::Status {
      ++runs;
      SALLYPORT_ASSIGN(const auto n, tx.Get("n"));
      SALLYPORT_TRY(tx.Append(Family("f")));
      return tx.Put("n", *n + "1", {});
    });
    ASSERT_TRUE(committed.ok()) << committed.error().cause;
    EXPECT_TRUE(committed->outcome.ok());
    EXPECT_EQ(proxy.cuts(), cuts + 1);
    EXPECT_EQ(store.Get("n").value(), "01") << "not at all, or twice";
    EXPECT_EQ(runs, cut == CuttingProxy::Cut::kBefore ? 2 : 1);
  }
  EXPECT_EQ(store.figures().looked_up, 2U);
  EXPECT_EQ(store.Head().sequence, 2U);
}

TEST_F(PostgresTest, AServerThatIsCutOffInANumberingOrAChangeIsInTheOthersWayForTwoSecondsAtMost) {
  CuttingProxy proxy(server().socket());
  auto opened = OpenPostgres(PostgresServer::At(proxy.directory(), database_.name()), data("cut"));
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const auto other = Open({}, "other");
  ASSERT_TRUE(Put(*other, "n", "0").ok());
  for (const bool numbering : {true, false}) {
    const int cuts = proxy.cuts();
    if (numbering) {
      proxy.SilenceNextNumbering();
    } else {
      proxy.CutNext(CuttingProxy::Cut::kSilent);
    }
    std::thread lost([&] {
      (void)(*opened)->UpdateRevoking([](LogTx& tx) -> base::Status {
        SALLYPORT_ASSIGN(const auto n, tx.Get("n"));
        SALLYPORT_TRY(tx.Append(Family("f")));
        return tx.Put("n", *n + "1", {});
      });
    });
    EXPECT_TRUE(Soon([&] { return proxy.cuts() > cuts; }));
    const auto begun = std::chrono::steady_clock::now();
    Append(*other, "g");
    EXPECT_TRUE(Put(*other, "n", "2").ok());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(3500));
    lost.join();
  }
}

TEST_F(PostgresTest, WhileTheDatabaseIsAwayCallsAreRefusedInTimeAndAfterwardsGoOn) {
  const auto store = Open({.budget = seconds(2), .period = seconds(2)});
  ASSERT_TRUE(Put(*store, "k", "before").ok());
  Append(*store, "f");
  for (const int signal : {SIGINT, SIGQUIT}) {
    server().Stop(signal);
    const auto begun = std::chrono::steady_clock::now();
    const auto put = Put(*store, "k", "meanwhile");
    ASSERT_FALSE(put.ok());
    EXPECT_EQ(put.error().code, base::code::kServiceUnavailable) << put.error().message;
    EXPECT_FALSE(store->Get("k").ok());
    EXPECT_FALSE(store->Barrier().ok());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, kStatedTime);
    for (int i = 0; i < 200 && store->may_grant(); ++i) {
      std::this_thread::sleep_for(milliseconds(20));
    }
    EXPECT_FALSE(store->may_grant()) << "others may have taken it for dead";
    server().Start();
    for (int i = 0; i < 200 && !store->may_grant(); ++i) {
      std::this_thread::sleep_for(milliseconds(20));
    }
    EXPECT_TRUE(store->may_grant());
    EXPECT_EQ(store->Get("k").value(), "before");
  }
  ASSERT_TRUE(Put(*store, "k", "after").ok());
  Append(*store, "g");
  EXPECT_EQ(store->Head().sequence, 2U);
}

TEST_F(PostgresTest, ARestartBetweenTwoCallsIsNotNoticedByThem) {
  // However long the restart takes, its beats are not missed.
  const auto store = Open({.period = seconds(60)});
  ASSERT_TRUE(Put(*store, "k", "1").ok());
  server().Stop(SIGINT);
  server().Start();
  EXPECT_EQ(store->Get("k").value(), "1");
  server().Stop(SIGINT);
  server().Start();
  EXPECT_EQ(store->Snapshot().value()->Get("k").value(), "1");
  server().Stop(SIGINT);
  server().Start();
  const base::Status put = Put(*store, "k", "2");
  EXPECT_TRUE(put.ok()) << put.error().message << " " << put.error().cause;
  server().Stop(SIGINT);
  server().Start();
  Append(*store, "f");
}

TEST_F(PostgresTest, AReadOnlyDatabaseRefusesChangesInWordsAndIsReadOn) {
  const auto store = Open();
  ASSERT_TRUE(Put(*store, "k", "1").ok());
  server().Run("postgres", "ALTER SYSTEM SET default_transaction_read_only=on");
  server().Run("postgres", "SELECT pg_reload_conf()");
  base::Status put;
  for (int i = 0; i < 50; ++i) {
    put = Put(*store, "k", "2");
    if (!put.ok()) break;
    std::this_thread::sleep_for(milliseconds(20));
  }
  ASSERT_FALSE(put.ok());
  EXPECT_EQ(put.error().code, base::code::kServiceUnavailable);
  EXPECT_THAT(put.error().message, HasSubstr("takes no changes"));
  EXPECT_TRUE(store->Get("k").ok());
  server().Run("postgres", "ALTER SYSTEM RESET default_transaction_read_only");
  server().Run("postgres", "SELECT pg_reload_conf()");
  for (int i = 0; i < 50 && !Put(*store, "k", "3").ok(); ++i) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_EQ(store->Get("k").value(), "3");
}

TEST_F(PostgresTest, AServerThatStandsStillWithinACommitHoldsTheOthersUpForTwoSeconds) {
  const auto one = Open({}, "one");
  const auto other = Open({}, "other");
  std::atomic<int> runs{0};
  std::thread standing([&] {
    const auto written = one->Update([&](Tx& tx) -> base::Status {
      SALLYPORT_TRY(tx.Put("k", "1", {}));
      // What was written is sent before it lists.
      SALLYPORT_TRY(tx.List("index", "", std::nullopt, 1));
      if (++runs == 1) std::this_thread::sleep_for(seconds(3));
      return {};
    });
    EXPECT_TRUE(written.ok() && written->outcome.ok());
  });
  ASSERT_TRUE(Soon([&] { return runs == 1; }));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(Put(*other, "k", "2").ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(2800));
  standing.join();
  EXPECT_EQ(runs, 2) << "its connection was ended, and it is run again";
  EXPECT_EQ(other->Get("k").value(), "1");
}

TEST_F(PostgresTest, AServerThatStandsStillWithinWhatItSendsIsNotWaitedForForEver) {
  const auto store = Open();
  ASSERT_TRUE(Put(*store, "k", "1").ok());
  // The pipeline has no end, as where a process is stopped in the middle of it.
  const std::unique_ptr<PGconn, decltype(&PQfinish)> standing(PQconnectdb(address().c_str()),
                                                              PQfinish);
  ASSERT_EQ(PQstatus(standing.get()), CONNECTION_OK) << PQerrorMessage(standing.get());
  ASSERT_EQ(PQenterPipelineMode(standing.get()), 1);
  for (const char* const sql :
       {"BEGIN", "SELECT 1 FROM sallyport.records WHERE key='k' FOR UPDATE"}) {
    ASSERT_EQ(PQsendQueryParams(standing.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0), 1);
  }
  ASSERT_EQ(PQsendFlushRequest(standing.get()), 1);
  int rows = 0;
  for (int end = 0; end < 2;) {
    PGresult* const result = PQgetResult(standing.get());
    if (result == nullptr) ++end;
    if (result != nullptr) rows += PQntuples(result);
    PQclear(result);
  }
  ASSERT_EQ(rows, 1) << "it holds the lock";
  EXPECT_TRUE(Soon([&] { return Put(*store, "k", "2").ok(); }));
}

TEST_F(PostgresTest, WhatIsExpectedToBeReadIsReadTogetherAndOnceAndNoOlderThanTheFirstReading) {
  const auto store = Open({.period = seconds(60)});
  ASSERT_TRUE(Put(*store, "a", "1").ok());
  ASSERT_TRUE(Put(*store, "b", "1").ok());
  ASSERT_NE(store->read_ahead(), nullptr);
  uint64_t least = std::numeric_limits<uint64_t>::max();
  for (int i = 0; i < 4; ++i) {
    const Expecting expecting(*store->read_ahead(), {"a", "b", "c"});
    const uint64_t before = store->figures().round_trips;
    EXPECT_EQ(store->Get("a").value(), "1");
    EXPECT_EQ(store->Get("b").value(), "1");
    EXPECT_EQ(store->Get("c").value(), std::nullopt);
    least = std::min(least, store->figures().round_trips - before);
  }
  EXPECT_EQ(least, 1U);
  {
    const Expecting expecting(*store->read_ahead(), {"a", "b"});
    Sql("UPDATE sallyport.records SET value='2' WHERE key='a'");
    EXPECT_EQ(store->Get("a").value(), "2") << "nothing is read before it is asked for";
    Sql("UPDATE sallyport.records SET value='3'");
    EXPECT_EQ(store->Get("a").value(), "3") << "a second time it is read anew";
    ASSERT_TRUE(Put(*store, "d", "1").ok());
    EXPECT_EQ(store->Get("b").value(), "3") << "after a commit, too";
  }
  {
    const Expecting expecting(*store->read_ahead(), {"a", "b"});
    EXPECT_TRUE(store->Get("a").ok());
  }
  Sql("UPDATE sallyport.records SET value='4'");
  EXPECT_EQ(store->Get("b").value(), "4") << "the call that expected it is over";
}

TEST_F(PostgresTest, AboveItsGreatestSizeOnlyWhatRevokesIsAccepted) {
  Open().reset();
  const auto store = Open({.greatest_bytes = 1});
  EXPECT_TRUE(store->GetSpace().only_revocations);
  const auto put = Put(*store, "k", "1");
  ASSERT_FALSE(put.ok());
  EXPECT_TRUE(IsDiskFull(put.error()));
  Append(*store, "f");
}

TEST_F(PostgresTest, AnOlderCopyOfTheDatabaseIsNoticedAndTheFileOfAnotherStoreIsRefused) {
  {
    const auto store = Open();
    Append(*store, "f");
  }
  Sql("UPDATE sallyport.meta SET value='1' WHERE name='generation'");
  EXPECT_THAT(Open()->restored_reason(), HasSubstr("has seen generation"));
  const TestDatabase other;
  ASSERT_TRUE(OpenPostgres(other.address(), data("other")).ok());
  const auto crossed = OpenPostgres(address(), data("other"));
  ASSERT_FALSE(crossed.ok());
  EXPECT_THAT(crossed.error().message, HasSubstr("is not of the store in"));
}

TEST_F(PostgresTest, ADatabaseThatHasLostConfirmedEntriesEndsItsServerAndTheNextStartKnowsWhy) {
  std::atomic<bool> lost{false};
  {
    const auto store = Open({.on_lost = [&](const std::string&) { lost = true; }});
    Append(*store, "kept");
    Append(*store, "lost");
    // Until the file has seen it: it is written once a second.
    std::this_thread::sleep_for(milliseconds(1500));
    // As after a failover to a standby that did not have the last commits.
    Sql("DELETE FROM sallyport.log_entries WHERE sequence=2; UPDATE sallyport.log_head SET "
        "sequence=1, rows=1, hash=(SELECT hash FROM sallyport.log_entries WHERE sequence=1)");
    EXPECT_FALSE(store->Barrier().ok());
    EXPECT_TRUE(lost);
  }
  EXPECT_THAT(Open()->restored_reason(), HasSubstr("has seen entry 2 of its log"));
}

TEST_F(PostgresTest, AnEmptiedDatabaseIsNoFreshStore) {
  Open().reset();
  Sql("DROP SCHEMA sallyport CASCADE");
  EXPECT_THAT(Refusal(), HasSubstr("holds no store"));
}

TEST_F(PostgresTest, ANewerFormatIsOpenedOnlyWhereItSaysThatThisVersionMay) {
  Open().reset();
  Sql("UPDATE sallyport.meta SET value='2' WHERE name='format'");
  Open().reset();
  Sql("UPDATE sallyport.meta SET value='2' WHERE name='readable_from'");
  EXPECT_THAT(Refusal(), HasSubstr("needs a newer sallyport"));
}

TEST_F(PostgresTest, ServersThatStartAtOnceMakeTheTablesOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> opened{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto store = OpenPostgres(address(), data(std::to_string(i)), {});
      EXPECT_TRUE(store.ok()) << store.error().message;
      if (store.ok()) ++opened;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 4);
}

TEST_F(PostgresTest, WhatNoIndexCanHoldIsRefusedInWords) {
  const auto store = Open();
  const auto put = Put(*store, std::string(3000, 'k'), "v");
  ASSERT_FALSE(put.ok());
  EXPECT_EQ(put.error().code, base::code::kInvalidParameter);
}

std::string WordOf(const postgres::Address& address, const std::string& keyword) {
  for (const auto& [word, value] : address.hosts.front()) {
    if (word == keyword) return value;
  }
  return {};
}

TEST(PostgresAddress, APasswordOnTheCommandLineIsRefused) {
  const auto refused =
      postgres::ParseAddress("postgresql://u:secret@db.example.com/sallyport", base::Secret());
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("--store-password-file"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret@")));
  EXPECT_FALSE(postgres::ParseAddress("postgresql://u@h/d?password=secret", base::Secret()).ok());
}

TEST(PostgresAddress, AHostBeyondThisMachineMustProveThatItIsTheOne) {
  const auto mode = [](const std::string& text) {
    return WordOf(postgres::ParseAddress(text, base::Secret()).value(), "sslmode");
  };
  EXPECT_EQ(mode("postgresql://u@db.example.com/d"), "verify-full");
  EXPECT_EQ(mode("postgresql://u@127.0.0.1,db.example.com/d"), "verify-full");
  EXPECT_EQ(mode("postgresql://u@db.example.com/d?sslmode=disable"), "disable");
  EXPECT_EQ(mode("postgresql://u@127.0.0.1:5433/d"), "");
  EXPECT_EQ(mode("postgresql://u@/d?host=/run/postgresql"), "");
}

TEST(PostgresAddress, AHostThatTheEnvironmentNamesMustProveItToo) {
  setenv("PGHOST", "a.example.com,b.example.com", 1);
  const auto named = postgres::ParseAddress("postgresql://u@/d", base::Secret());
  const auto local =
      postgres::ParseAddress("postgresql://u@/d?host=/run/postgresql", base::Secret());
  unsetenv("PGHOST");
  ASSERT_EQ(named.value().hosts.size(), 2U);
  EXPECT_EQ(WordOf(*named, "host"), "a.example.com");
  EXPECT_EQ(WordOf(*named, "sslmode"), "verify-full");
  EXPECT_EQ(WordOf(*local, "host"), "/run/postgresql");
  const auto refused = postgres::ParseAddress("postgresql:///d?service=elsewhere", base::Secret());
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("service file"));
}

TEST(PostgresAddress, IsShownWithoutUserAndPassword) {
  const auto address =
      postgres::ParseAddress("postgres://u@db:5433/d", base::Secret("secret")).value();
  EXPECT_EQ(address.shown, "postgresql://db:5433/d");
  EXPECT_EQ(WordOf(address, "password"), "secret");
  EXPECT_EQ(WordOf(address, "target_session_attrs"), "read-write");
}

TEST(PostgresArrays, WhatIsCutOffOrHasTwoDimensionsIsRefused) {
  const std::string two("\0\0\0\1\0\0\0\0\0\0\0\x11\0\0\0\2\0\0\0\1\0\0\0\1a\0\0\0\2bc", 31);
  const auto parsed = postgres::ParseByteArray(two);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_THAT(*parsed, ::testing::ElementsAre("a", "bc"));
  for (size_t size = 0; size < two.size(); ++size) {
    EXPECT_FALSE(postgres::ParseByteArray(two.substr(0, size)).has_value()) << size;
  }
  std::string nested = two;
  nested[3] = 2;
  EXPECT_FALSE(postgres::ParseByteArray(nested).has_value());
}

}  // namespace
}  // namespace sallyport::store
