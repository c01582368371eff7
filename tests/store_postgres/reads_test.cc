// What a call has read, and what its commit makes of it: reads together, and changes that begin
// with what was read before.
#include <gmock/gmock.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "postgres_fixture.h"
#include "store_postgres/connection.h"

namespace sallyport::store {
namespace {

using postgres::RoundTripsOfThread;

const base::Error kRefused{"refused", "by the change", ""};

class ReadsTest : public PostgresTest {
 protected:
  ReadsTest() : store_(Open({.period = std::chrono::seconds(60)})) {}

  // Adds its text to the record, which must be there.
  base::Result<Written> Append(const std::string& key, const std::string& text) {
    return store_->Update([&](Tx& tx) -> base::Status {
      ++runs_;
      SALLYPORT_ASSIGN(const auto value, tx.Get(key));
      if (!value) return kRefused;
      return tx.Put(key, *value + text, {{"index", *value + text}});
    });
  }
  std::string Value(const std::string& key) {
    return Sql("SELECT convert_from(value, 'UTF8') FROM sallyport.records WHERE key='" + key + "'");
  }
  std::string Listed() {
    std::string listed;
    const auto items = store_->List("index", "", std::nullopt, 10);
    for (const ListItem& item : items.value()) {
      listed += item.sort + "=" + item.value + " ";
    }
    return listed;
  }

  Opened store_;
  int runs_ = 0;
};

TEST_F(ReadsTest, AChangeOfWhatWasJustReadIsOneRoundTrip) {
  ASSERT_TRUE(Put(*store_, "a", "1").ok());
  uint64_t least = 100;
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(store_->Get("a").ok());
    const uint64_t before = RoundTripsOfThread();
    EXPECT_TRUE(Append("a", "+")->outcome.ok());
    least = std::min(least, RoundTripsOfThread() - before);
  }
  EXPECT_EQ(least, 1U);
  EXPECT_EQ(Value("a"), "1++++");
  EXPECT_EQ(Listed(), "1++++=1++++ ");
  // The commit has left what it wrote: the next one begins with that.
  const uint64_t before = RoundTripsOfThread();
  EXPECT_TRUE(Append("a", "+")->outcome.ok());
  EXPECT_LE(RoundTripsOfThread() - before, 3U);
  EXPECT_EQ(Value("a"), "1+++++");
}

TEST_F(ReadsTest, WhatHasChangedSinceItWasReadIsReadAgain) {
  ASSERT_TRUE(Put(*store_, "a", "1").ok());
  EXPECT_EQ(store_->Get("a").value(), "1");
  Sql("UPDATE sallyport.records SET value='2' WHERE key='a'");
  EXPECT_TRUE(Append("a", "+")->outcome.ok());
  EXPECT_EQ(Value("a"), "2+");
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(Listed(), "2+=2+ ");
}

TEST_F(ReadsTest, WhatIsThereOrGoneSinceItWasReadIsReadAgain) {
  ASSERT_TRUE(Put(*store_, "gone", "1").ok());
  EXPECT_EQ(store_->Get("new").value(), std::nullopt);
  EXPECT_EQ(store_->Get("gone").value(), "1");
  Sql("DELETE FROM sallyport.records");
  Sql("INSERT INTO sallyport.records VALUES('new', '1', '{}', '{}')");
  EXPECT_TRUE(Append("new", "+")->outcome.ok()) << "it refuses where the record is not there";
  EXPECT_EQ(Value("new"), "1+");
  EXPECT_FALSE(Append("gone", "+")->outcome.ok());
}

TEST_F(ReadsTest, IndexRowsThatHaveChangedSinceAreReadAgain) {
  ASSERT_TRUE(Put(*store_, "a", "1").ok());
  EXPECT_EQ(store_->Get("a").value(), "1");
  Sql("UPDATE sallyport.records SET names='{index}', sorts='{old}'");
  Sql("INSERT INTO sallyport.index_rows VALUES('index', 'old', 'a')");
  EXPECT_TRUE(Append("a", "+")->outcome.ok());
  EXPECT_EQ(Listed(), "1+=1+ ") << "the row of which the first reading did not know is gone";
}

TEST_F(ReadsTest, ARefusalByWhatWasReadBeforeIsNotBelieved) {
  ASSERT_TRUE(Put(*store_, "a", "no").ok());
  const auto refuses = [&] {
    return store_->Update([&](Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const auto value, tx.Get("a"));
      return value == "no" ? base::Status(kRefused) : tx.Put("b", "done", {});
    });
  };
  EXPECT_EQ(store_->Get("a").value(), "no");
  EXPECT_FALSE(refuses()->outcome.ok());
  EXPECT_EQ(store_->Get("a").value(), "no");
  Sql("UPDATE sallyport.records SET value='yes'");
  EXPECT_TRUE(refuses()->outcome.ok());
  EXPECT_EQ(Value("b"), "done");
}

TEST_F(ReadsTest, AChangeThatReadsMoreThanWasReadBeforeSeesOneState) {
  ASSERT_TRUE(Put(*store_, "a", "1").ok());
  ASSERT_TRUE(Put(*store_, "b", "1").ok());
  EXPECT_EQ(store_->Get("a").value(), "1");
  // A reader that sees both changes or none sees the same in both records.
  Sql("UPDATE sallyport.records SET value='2'");
  std::vector<std::string> seen;
  const auto written = store_->Update([&](Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto a, tx.Get("a"));
    SALLYPORT_ASSIGN(const auto b, tx.Get("b"));
    seen = {a.value_or(""), b.value_or("")};
    return tx.Put("sum", seen[0] + seen[1], {});
  });
  ASSERT_TRUE(written.ok() && written->outcome.ok());
  EXPECT_EQ(Value("sum"), "22");
}

TEST_F(ReadsTest, NobodyWaitsForTheEndOfASnapshot) {
  ASSERT_TRUE(Put(*store_, "a", "1").ok());
  EXPECT_TRUE(store_->Get("a").ok());
  for (int i = 0; i < 3; ++i) {
    const uint64_t before = RoundTripsOfThread();
    {
      const auto snapshot = store_->Snapshot();
      ASSERT_TRUE(snapshot.ok());
      EXPECT_EQ((*snapshot)->Get("a").value(), "1");
    }
    EXPECT_EQ(RoundTripsOfThread() - before, 1U);
    EXPECT_EQ(Sql("SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND "
                  "state='idle in transaction'"),
              "0");
    // Its connection is as it was.
    EXPECT_TRUE(Append("a", "")->outcome.ok());
  }
}

TEST_F(ReadsTest, RecordsThatOthersNameAreReadWithThem) {
  ASSERT_TRUE(store_
                  ->Update([](Tx& tx) -> base::Status {
                    SALLYPORT_TRY(tx.Put("name/n", "7", {{"by-owner", "o/8/tail"}}));
                    SALLYPORT_TRY(tx.Put("user/7", "seven", {}));
                    SALLYPORT_TRY(tx.Put("user/o/8", "eight", {}));
                    return tx.Put("first", "1", {{"index", "p/1"}});
                  })
                  ->outcome.ok());
  const Reads reads{.keys = {"first"},
                    .following = {{"name/n", "user/"},
                                  {"name/n", "wrong/"},
                                  {"name/n", "user/", "by-owner", 5},
                                  {"nothing", "user/"}},
                    .firsts = {{"index", "p/"}, {"index", "q/"}}};
  const Expecting expecting(store_->read_ahead(), reads);
  const uint64_t before = RoundTripsOfThread();
  EXPECT_EQ(store_->Get("name/n").value(), "7");
  EXPECT_EQ(store_->Get("user/7").value(), "seven");
  EXPECT_EQ(store_->Get("user/o/8").value(), "eight");
  EXPECT_EQ(store_->Get("wrong/7").value(), std::nullopt);
  EXPECT_EQ(store_->Get("nothing").value(), std::nullopt);
  EXPECT_EQ(store_->Get("first").value(), "1");
  EXPECT_EQ(store_->List("index", "p/", std::nullopt, 1).value().at(0).key, "first");
  EXPECT_TRUE(store_->List("index", "q/", std::nullopt, 1).value().empty());
  EXPECT_EQ(RoundTripsOfThread() - before, 1U);
}

// A call must not be told what an earlier one has read, nor twice what it has read itself.
TEST_F(ReadsTest, WhatWasReadAheadIsGivenOnceAndOnlyUntilTheCallEndsOrCommitsOrTakesASnapshot) {
  ASSERT_TRUE(Put(*store_, "a", "1").ok());
  ASSERT_TRUE(Put(*store_, "b", "1").ok());
  const auto change = [&](const std::string& value) {
    Sql("UPDATE sallyport.records SET value='" + value + "'");
  };
  {
    const Expecting expecting(store_->read_ahead(), {.keys = {"a", "b"}});
    EXPECT_EQ(store_->Get("a").value(), "1");
    change("2");
    EXPECT_EQ(store_->Get("a").value(), "2") << "a second Get reads it anew";
  }
  EXPECT_EQ(store_->Get("b").value(), "2") << "the call has ended";
  {
    const Expecting expecting(store_->read_ahead(), {.keys = {"a", "b"}});
    EXPECT_EQ(store_->Get("a").value(), "2");
    change("3");
    EXPECT_TRUE(Put(*store_, "c", "3").ok());
    EXPECT_EQ(store_->Get("b").value(), "3") << "it has committed";
  }
  const Expecting expecting(store_->read_ahead(), {.keys = {"a", "b"}});
  EXPECT_EQ(store_->Get("a").value(), "3");
  change("4");
  const auto snapshot = store_->Snapshot();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ((*snapshot)->Get("b").value(), "4") << "it sees the state of the snapshot";
}

// A name is given to another user, again and again. Whoever has it at the moment is there.
TEST_F(ReadsTest, ARecordThatAnotherOneNamesIsNotTakenForAbsentWhileTheNameMoves) {
  const auto move = [&](const std::string& from, const std::string& to) {
    return store_->Update([&](Tx& tx) -> base::Status {
      SALLYPORT_TRY(tx.Delete("user/" + from));
      SALLYPORT_TRY(tx.Put("user/" + to, to, {}));
      return tx.Put("name/n", to, {{"by-owner", to + "/tail"}});
    });
  };
  ASSERT_TRUE(move("2", "1")->outcome.ok());
  std::atomic<bool> ends = false;
  std::thread mover([&] {
    while (!ends) {
      EXPECT_TRUE(move("1", "2")->outcome.ok());
      EXPECT_TRUE(move("2", "1")->outcome.ok());
    }
  });
  for (int i = 0; i < 400; ++i) {
    const bool by_row = i % 2 == 1;
    const Following following = by_row ? Following{"name/n", "user/", "by-owner", 5}
                                       : Following{.pointer = "name/n", .prefix = "user/"};
    const Expecting expecting(store_->read_ahead(), {.keys = {"x"}, .following = {following}});
    const auto sub = store_->Get("name/n").value();
    EXPECT_EQ(store_->Get("user/" + *sub).value(), sub);
    if (HasFailure()) break;
  }
  ends = true;
  mover.join();
}

// What is read after the COMMIT, in the same round trip, fails in a way that would mean of a
// statement before it that nothing was committed.
TEST_F(ReadsTest, AChangeWhoseCommitWasFollowedByAFailureIsNotMadeTwice) {
  ASSERT_TRUE(store_->Update([](Tx& tx) { return tx.Put("a", "1", {}); })->outcome.ok());
  Sql("ALTER TABLE sallyport.index_rows RENAME TO index_rows_of_the_test");
  Sql("CREATE VIEW sallyport.index_rows AS SELECT name, sort, key FROM "
      "sallyport.index_rows_of_the_test WHERE (SELECT convert_from(value, 'UTF8') FROM "
      "sallyport.records WHERE key='a')::bigint=0");
  store_->read_ahead()->ExpectAfterCommit({.keys = {"a"}, .firsts = {{"index", "p/"}}});
  const auto written = store_->Update([&](Tx& tx) -> base::Status {
    ++runs_;
    SALLYPORT_ASSIGN(const auto value, tx.Get("a"));
    return tx.Put("a", *value + "+", {});
  });
  Sql("DROP VIEW sallyport.index_rows");
  Sql("ALTER TABLE sallyport.index_rows_of_the_test RENAME TO index_rows");
  ASSERT_TRUE(written.ok()) << written.error().cause;
  EXPECT_TRUE(written->outcome.ok());
  EXPECT_EQ(Value("a"), "1+");
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(store_->figures().looked_up, 1U);
}

TEST_F(ReadsTest, WhatIsExpectedAfterACommitIsReadWithItAndIsNoOlder) {
  ASSERT_TRUE(Put(*store_, "a", "1").ok());
  uint64_t least = 100;
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(store_->Get("a").ok());
    store_->read_ahead()->ExpectAfterCommit({.keys = {"a", "b"}});
    const uint64_t before = RoundTripsOfThread();
    EXPECT_TRUE(Append("a", "+")->outcome.ok());
    EXPECT_EQ(store_->Get("a").value(), Value("a")) << "what the commit has written is in it";
    EXPECT_EQ(store_->Get("b").value(), std::nullopt);
    least = std::min(least, RoundTripsOfThread() - before);
  }
  EXPECT_EQ(least, 1U);
  // A commit that is refused reads nothing for later.
  store_->read_ahead()->ExpectAfterCommit({.keys = {"a"}});
  EXPECT_FALSE(Append("b", "+")->outcome.ok());
  Sql("UPDATE sallyport.records SET value='new' WHERE key='a'");
  EXPECT_EQ(store_->Get("a").value(), "new");
}

}  // namespace
}  // namespace sallyport::store
