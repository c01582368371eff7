// What every backend of store::Store must do with records and commits.
#include <atomic>
#include <set>
#include <thread>

#include "contract_fixture.h"

namespace sallyport::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(StoreContract, ASnapshotReadsOneStateAndTheNextOneSeesWhatWasCommitted) {
  Put("a", "1");
  {
    auto snapshot = store_->Snapshot();
    ASSERT_TRUE(snapshot.ok());
    EXPECT_EQ(*(*snapshot)->Get("a"), "1");
    Put("a", "2");
    Put("b", "2", {{"index", "sort"}});
    EXPECT_EQ(*(*snapshot)->Get("a"), "1");
    EXPECT_EQ(*(*snapshot)->Get("b"), std::nullopt);
    EXPECT_THAT(*(*snapshot)->List("index", "", std::nullopt, 10), IsEmpty());
    // Beside it, as before.
    EXPECT_EQ(Get("a"), "2");
  }
  auto snapshot = store_->Snapshot();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(*(*snapshot)->Get("a"), "2");
  EXPECT_EQ((*snapshot)->List("index", "", std::nullopt, 10)->size(), 1U);
}

TEST_P(StoreContract, AStateThatIsKnownIsAnotherOnceACommitIsAcknowledged) {
  Put("a", "1");
  const uint64_t before = store_->State();
  EXPECT_TRUE(before == 0 || store_->State() == before);
  Put("a", "2");
  EXPECT_TRUE(before == 0 || store_->State() != before);
  // The state of a snapshot is that of its first read, and stays the same.
  auto snapshot = *store_->Snapshot();
  EXPECT_EQ(snapshot->State(), 0U);
  EXPECT_EQ(*snapshot->Get("a"), "2");
  const uint64_t seen = snapshot->State();
  EXPECT_EQ(seen, store_->State());
  Put("a", "3");
  EXPECT_EQ(snapshot->State(), seen);
  EXPECT_TRUE(seen == 0 || store_->State() != seen);
}

TEST_P(StoreContract, TheStateOfAKindThatIsKnownIsAnotherOnceACommitOfThatKindIsAcknowledged) {
  Put("pool/1", "1");
  const uint64_t pools = store_->StateOf("pool/2");
  Put("user/1", "1");
  EXPECT_TRUE(pools == 0 || store_->StateOf("pool/1") == pools);
  const auto changes = std::vector<std::function<base::Status(Tx&)>>{
      [](Tx& tx) { return tx.Put("pool/1", "2", {}); },
      [](Tx& tx) {
        return tx.Put("pool/3", "1", {{"index", "s"}});
      },
      [](Tx& tx) -> base::Status {
        SALLYPORT_ASSIGN(const bool done, tx.Exchange("pool/1", "2", "3"));
        return done ? base::Status() : base::Status(base::InternalError("another value"));
      },
      [](Tx& tx) { return tx.Delete("pool/3"); }};
  for (const auto& change : changes) {
    const uint64_t before = store_->StateOf("pool/1");
    ASSERT_TRUE(Change(change).ok());
    EXPECT_TRUE(before == 0 || store_->StateOf("pool/1") != before);
  }
  // That of a snapshot is of its first read, and stays the same.
  auto snapshot = *store_->Snapshot();
  EXPECT_EQ(snapshot->StateOf("pool/1"), 0U);
  EXPECT_EQ(*snapshot->Get("user/1"), "1");
  const uint64_t seen = snapshot->StateOf("pool/1");
  EXPECT_EQ(seen, store_->StateOf("pool/1"));
  Put("pool/1", "4");
  EXPECT_EQ(snapshot->StateOf("pool/1"), seen);
  EXPECT_EQ(*snapshot->Get("pool/1"), "3");
  EXPECT_TRUE(seen == 0 || store_->StateOf("pool/1") != seen);
}

TEST_P(StoreContract, AChangeThatHasWrittenAKindDoesNotKnowItsState) {
  Put("pool/1", "1");
  Put("user/1", "1");
  const uint64_t pools = store_->StateOf("pool/1");
  ASSERT_FALSE(Change([&](Tx& tx) -> base::Status {
                 const uint64_t before = tx.StateOf("pool/1");
                 EXPECT_TRUE(before == 0 || before == pools);
                 SALLYPORT_TRY(tx.Put("user/1", "2", {}));
                 EXPECT_EQ(tx.StateOf("pool/1"), before);
                 SALLYPORT_TRY(tx.Put("pool/1", "2", {}));
                 EXPECT_EQ(tx.StateOf("pool/1"), 0U);
                 return base::InternalError("rolled back");
               }).ok());
  EXPECT_EQ(Get("pool/1"), "1");
}

TEST_P(StoreContract, ReadersWhoSeeTheSameStateTwiceHaveReadTheSame) {
  Put("a", "0");
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (int i = 1; i < 300; ++i) Put("a", std::to_string(i));
    over = true;
  });
  uint64_t known = 0;
  std::string value;
  int compared = 0;
  do {
    const uint64_t state = store_->State();
    const std::string read = *Get("a");
    if (state == 0 || store_->State() != state) continue;
    if (state == known) {
      ++compared;
      EXPECT_EQ(read, value);
    }
    known = state;
    value = read;
  } while (!over);
  writer.join();
  RecordProperty("compared", compared);
}

TEST_P(StoreContract, ReadersWhoSeeTheSameStateOfAKindTwiceHaveReadTheSame) {
  Put("a", "0");
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (int i = 1; i < 300; ++i) Put(i % 2 == 0 ? "a" : "b", std::to_string(i));
    over = true;
  });
  uint64_t known = 0;
  std::string value;
  int compared = 0;
  do {
    const uint64_t state = store_->StateOf("a");
    const std::string read = *Get("a");
    if (state == 0 || store_->StateOf("a") != state) continue;
    if (state == known) {
      ++compared;
      EXPECT_EQ(read, value);
    }
    known = state;
    value = read;
  } while (!over);
  writer.join();
  RecordProperty("compared", compared);
}

TEST_P(StoreContract, CountsItsCommits) {
  const uint64_t before = store_->Commits();
  Put("a", "1");
  Append(Family("f"));
  EXPECT_EQ(store_->Commits(), before + 2);
}

TEST_P(StoreContract, RecordsHoldAnyBytesUnderAnyKey) {
  const std::string key("k\0\xff", 3);
  const std::string value("\0v\xfe\0", 4);
  Put(key, value);
  Put("empty", "");
  EXPECT_EQ(Get(key), value);
  EXPECT_EQ(Get("empty"), "");
  EXPECT_EQ(Get("k"), std::nullopt);
  const std::string large(100'000, 'x');
  Put(key, large);
  EXPECT_EQ(Get(key), large);
  ASSERT_TRUE(Change([&](Tx& tx) { return tx.Delete(key); }).ok());
  EXPECT_EQ(Get(key), std::nullopt);
  EXPECT_TRUE(Change([&](Tx& tx) { return tx.Delete(key); }).ok());
}

TEST_P(StoreContract, AChangeSeesItsOwnWrites) {
  Put("a", "1", {{"i", "s"}});
  ASSERT_TRUE(Change([](Tx& tx) -> base::Status {
                SALLYPORT_TRY(tx.Put("b", "2", {{"i", "t"}}));
                SALLYPORT_ASSIGN(auto b, tx.Get("b"));
                EXPECT_EQ(b, "2");
                SALLYPORT_ASSIGN(auto both, tx.List("i", "", std::nullopt, 10));
                EXPECT_EQ(both.size(), 2u);
                SALLYPORT_TRY(tx.Delete("a"));
                SALLYPORT_ASSIGN(auto a, tx.Get("a"));
                EXPECT_EQ(a, std::nullopt);
                SALLYPORT_ASSIGN(auto one, tx.List("i", "", std::nullopt, 10));
                EXPECT_EQ(one.size(), 1u);
                return {};
              }).ok());
}

TEST_P(StoreContract, ExchangesAValueThatIsWhatWasReadAndKeepsItsIndexRows) {
  Put("a", "1", {{"i", "s"}});
  const auto exchange = [&](const char* key, const char* before, const char* after) {
    bool done = false;
    EXPECT_TRUE(Change([&](Tx& tx) -> base::Status {
                  SALLYPORT_ASSIGN(done, tx.Exchange(key, before, after));
                  return {};
                }).ok());
    return done;
  };
  EXPECT_FALSE(exchange("a", "0", "2"));
  EXPECT_FALSE(exchange("b", "1", "2"));
  EXPECT_TRUE(exchange("a", "1", "2"));
  EXPECT_FALSE(exchange("a", "1", "3"));
  const auto items = store_->List("i", "s", std::nullopt, 10);
  ASSERT_TRUE(items.ok());
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(items->front().value, "2");
  EXPECT_FALSE(store_->Get("b").value().has_value());
}

TEST_P(StoreContract, ReadersSeeNothingOfAChangeBeforeItsCommit) {
  Put("a", "1");
  ASSERT_TRUE(Change([&](LogTx& tx) -> base::Status {
                SALLYPORT_TRY(tx.Put("a", "2", {{"i", "s"}}));
                SALLYPORT_TRY(tx.Append(Family("f")));
                EXPECT_EQ(Get("a"), "1");
                EXPECT_THAT(Keys("i"), IsEmpty());
                EXPECT_EQ(store_->Head().sequence, 0u);
                EXPECT_TRUE(store_->ReadLog(0, 10)->empty());
                return {};
              }).ok());
  EXPECT_EQ(Get("a"), "2");
  EXPECT_THAT(Keys("i"), ElementsAre("a"));
  EXPECT_EQ(store_->Head().sequence, 1u);
}

TEST_P(StoreContract, AFailingChangeLeavesNothing) {
  Put("a", "1", {{"i", "s"}});
  Append(Family("before"));
  const auto committed = store_->UpdateLog([](LogTx& tx) -> base::Status {
    SALLYPORT_TRY(tx.Put("a", "2", {{"j", "s"}}));
    SALLYPORT_TRY(tx.Put("b", "2", {}));
    SALLYPORT_TRY(tx.Append(Family("never")));
    return base::Error{"NotAuthorizedException", "no", ""};
  });
  ASSERT_TRUE(committed.ok());
  EXPECT_EQ(committed->outcome.error().code, "NotAuthorizedException");
  EXPECT_EQ(committed->release.sequence(), 1u);
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get("b"), std::nullopt);
  EXPECT_THAT(Keys("i"), ElementsAre("a"));
  EXPECT_THAT(Keys("j"), IsEmpty());
  EXPECT_EQ(store_->Head().sequence, 1u);
  Append(Family("after"));
  EXPECT_EQ((*store_->ReadLog(1, 10))[0].revocation.subject, "after");
}

TEST_P(StoreContract, AChangeThatThrowsLeavesNothing) {
  const auto committed = store_->Update([](Tx& tx) -> base::Status {
    SALLYPORT_TRY(tx.Put("a", "1", {}));
    throw std::runtime_error("boom");
  });
  ASSERT_TRUE(committed.ok());
  EXPECT_EQ(committed->outcome.error().code, "InternalErrorException");
  EXPECT_EQ(Get("a"), std::nullopt);
  Put("a", "2");
  EXPECT_EQ(Get("a"), "2");
}

TEST_P(StoreContract, AFailingChangeRollsBackAloneAmongConcurrentOnes) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string key = std::to_string(t) + "/" + std::to_string(i);
        const bool fails = (t + i) % 2 == 0;
        auto committed = store_->UpdateLog([&](LogTx& tx) -> base::Status {
          SALLYPORT_TRY(tx.Put(key, "v", {{"all", key}}));
          SALLYPORT_TRY(tx.Append(Family(key)));
          if (fails) return base::Error{"no", "no", ""};
          return {};
        });
        ASSERT_TRUE(committed.ok());
        ASSERT_EQ(committed->outcome.ok(), !fails);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Keys("all").size(), 80u);
  const auto log = Log();
  ASSERT_EQ(log.size(), 80u);
  for (const auto& entry : log) EXPECT_TRUE(Get(entry.revocation.subject).has_value());
}

TEST_P(StoreContract, ConcurrentIncrementsLoseNone) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        auto committed = store_->Update([](Tx& tx) -> base::Status {
          SALLYPORT_ASSIGN(auto value, tx.Get("n"));
          return tx.Put("n", std::to_string(std::stoi(value.value_or("0")) + 1), {});
        });
        ASSERT_TRUE(committed.ok() && committed->outcome.ok());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Get("n"), "200");
}

TEST_P(StoreContract, PutReplacesAllIndexRows) {
  Put("a", "1", {{"i", "x"}, {"i", "y"}, {"j", "z"}});
  EXPECT_THAT(Keys("i"), ElementsAre("a", "a"));
  Put("a", "2", {{"i", "y"}, {"k", "w"}});
  const auto listed = store_->List("i", "", std::nullopt, 10);
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ((*listed)[0].sort, "y");
  EXPECT_EQ((*listed)[0].value, "2");
  EXPECT_THAT(Keys("j"), IsEmpty());
  EXPECT_THAT(Keys("k"), ElementsAre("a"));
  // The rows are unchanged, and the value has changed.
  Put("a", "3", {{"i", "y"}, {"k", "w"}});
  EXPECT_EQ((*store_->List("k", "", std::nullopt, 10))[0].value, "3");
  ASSERT_TRUE(Change([](Tx& tx) { return tx.Delete("a"); }).ok());
  EXPECT_THAT(Keys("i"), IsEmpty());
  EXPECT_THAT(Keys("k"), IsEmpty());
}

TEST_P(StoreContract, TheSameIndexRowTwiceIsOneRow) {
  Put("a", "1", {{"i", "x"}, {"i", "x"}});
  EXPECT_THAT(Keys("i"), ElementsAre("a"));
  Put("a", "1", {});
  EXPECT_THAT(Keys("i"), IsEmpty());
}

TEST_P(StoreContract, CountsWhatACountedIndexHasThroughEveryChange) {
  const std::string counted = std::string(kCountedIndexes) + "x";
  const auto count = [&] { return store_->CountOf(counted).value(); };
  // The size that one record of these sizes is counted with, found out from the first.
  EXPECT_EQ(count(), IndexCount{});
  Put("a", "12345", {{counted, "s"}});
  const int64_t one = count().bytes;
  EXPECT_EQ(count().records, 1);
  EXPECT_GT(one, 5);
  Put("b", "12345", {{"i", "s"}});
  EXPECT_EQ(count(), (IndexCount{1, one})) << "a record that is in no counted index";
  Put("b", "12345", {{counted, "t"}});
  EXPECT_EQ(count(), (IndexCount{2, 2 * one}));
  Put("b", "1234567", {{counted, "t"}});
  EXPECT_EQ(count(), (IndexCount{2, 2 * one + 2})) << "in place";
  Put("b", "1", {{counted, "u"}});
  EXPECT_EQ(count(), (IndexCount{2, 2 * one - 4})) << "with another row";
  ASSERT_TRUE(Change([&](Tx& tx) -> base::Status {
                SALLYPORT_ASSIGN(const bool exchanged, tx.Exchange("b", "1", "12345678"));
                EXPECT_TRUE(exchanged);
                EXPECT_EQ(tx.CountOf(counted).value(), (IndexCount{2, 2 * one + 3}));
                return {};
              }).ok());
  Reopen();
  EXPECT_EQ(count(), (IndexCount{2, 2 * one + 3}));
  EXPECT_FALSE(Change([&](Tx& tx) -> base::Status {
                 SALLYPORT_TRY(tx.Delete("a"));
                 SALLYPORT_TRY(tx.Put("c", "1", {{counted, "s"}}));
                 return base::Error{"NotAuthorizedException", "no", ""};
               }).ok());
  EXPECT_EQ(count(), (IndexCount{2, 2 * one + 3})) << "a change that failed";
  ASSERT_TRUE(Change([](Tx& tx) { return tx.Delete("b"); }).ok());
  EXPECT_EQ(count(), (IndexCount{1, one}));
  Put("a", "12345", {});
  EXPECT_EQ(count(), IndexCount{}) << "a record that left the index";
  ASSERT_TRUE(Change([](Tx& tx) { return tx.Delete("a"); }).ok());
  EXPECT_EQ(count(), IndexCount{});
}

TEST_P(StoreContract, ListIsOrderedBySortThenKeyAsBytes) {
  Put("k2", "", {{"i", "b"}});
  Put("k1", "", {{"i", "b"}});
  Put("k0", "", {{"i", "\xff"}});
  Put("k3", "", {{"i", "a"}});
  Put("k4", "", {{"i", "B"}});
  Put("other", "", {{"h", "a"}});
  EXPECT_THAT(Keys("i"), ElementsAre("k4", "k3", "k1", "k2", "k0"));
}

TEST_P(StoreContract, ListKeepsToThePrefix) {
  Put("1", "", {{"i", "ab"}});
  Put("2", "", {{"i", "ac"}});
  Put("3", "", {{"i", "a"}});
  Put("4", "", {{"i", "b"}});
  Put("5", "", {{"i", "\xff\xff"}});
  Put("6", "", {{"i", "\xff\xffz"}});
  EXPECT_THAT(Keys("i", "a"), ElementsAre("3", "1", "2"));
  EXPECT_THAT(Keys("i", "ab"), ElementsAre("1"));
  EXPECT_THAT(Keys("i", "\xff\xff"), ElementsAre("5", "6"));
  EXPECT_THAT(Keys("i", "a", ListPosition{"b", "4"}), IsEmpty());
  EXPECT_THAT(Keys("i", "b", ListPosition{"a", "3"}), ElementsAre("4"));
}

TEST_P(StoreContract, PagesGiveEachRecordOnce) {
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    const std::string key = std::to_string(100 + i);
    // Ten rows with the same sort value, so that pages end among them.
    Put(key, "v" + key, {{"i", std::to_string(i / 10)}});
    expected.push_back(key);
  }
  std::vector<std::string> seen;
  std::optional<ListPosition> after;
  while (true) {
    const auto page = store_->List("i", "", after, 7);
    ASSERT_TRUE(page.ok());
    ASSERT_LE(page->size(), 7u);
    if (page->empty()) break;
    for (const ListItem& item : *page) {
      seen.push_back(item.key);
      EXPECT_EQ(item.value, "v" + item.key);
    }
    after = ListPosition{page->back().sort, page->back().key};
  }
  EXPECT_EQ(seen, expected);
}

TEST_P(StoreContract, ReopeningKeepsEverything) {
  Put("a", "1", {{"i", "s"}});
  Append(Family("f"));
  const auto head = store_->Head();
  const auto id = store_->log_id();
  EXPECT_NE(id, revocation::LogId{});
  Reopen();
  EXPECT_EQ(Get("a"), "1");
  EXPECT_THAT(Keys("i"), ElementsAre("a"));
  EXPECT_EQ(store_->Head(), head);
  EXPECT_EQ(store_->log_id(), id);
  EXPECT_EQ(store_->LogSize(), 1u);
  Put("a", "2", {{"j", "s"}});
  EXPECT_THAT(Keys("i"), IsEmpty());
}

TEST_P(StoreContract, ScrubKeepsEverythingThatIsThereAndTheStoreGoesOn) {
  for (int i = 0; i < 300; ++i) {
    const std::string key = "k" + std::to_string(i);
    Put(key, std::string(2000, 'x') + key, {{"i", key}});
    if (i % 2 != 0) continue;
    ASSERT_TRUE(Change([&](Tx& tx) { return tx.Delete(key); }).ok());
  }
  Append(Family("f"));
  const auto head = store_->Head();
  const auto id = store_->log_id();
  const auto keys = Keys("i");
  ASSERT_EQ(keys.size(), 150u);
  const auto scrubbed = store_->Scrub();
  ASSERT_TRUE(scrubbed.ok()) << scrubbed.error().message << scrubbed.error().cause;
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(Keys("i"), keys);
    EXPECT_EQ(Get("k1"), std::string(2000, 'x') + "k1");
    EXPECT_EQ(store_->Head(), head);
    EXPECT_EQ(store_->log_id(), id);
    Reopen();
  }
  Put("a", "1");
  ASSERT_TRUE(store_->Scrub().ok());
  Append(Family("g"));
  EXPECT_EQ(store_->Head().sequence, head.sequence + 1);
  EXPECT_EQ(Get("a"), "1");
}

TEST_P(StoreContract, ReadRecordsGivesEachRecordOnceWithItsRowsInTheOrderOfKeys) {
  Put("b", "2", {{"i", "x"}, {"j", std::string("\0y", 2)}});
  Put("a", "", {});
  Put(std::string("b\0", 2), "3", {{"i", ""}});
  Put("\xff", "4");
  const std::vector<StoredRecord> expected{{"a", "", {}},
                                           {"b", "2", {{"i", "x"}, {"j", std::string("\0y", 2)}}},
                                           {std::string("b\0", 2), "3", {{"i", ""}}},
                                           {"\xff", "4", {}}};
  EXPECT_EQ(store_->ReadRecords(std::nullopt, 10).value(), expected);
  std::vector<StoredRecord> seen;
  std::optional<std::string> after;
  while (true) {
    const auto page = store_->ReadRecords(after, 1).value();
    if (page.empty()) break;
    seen.push_back(page.front());
    after = page.front().key;
  }
  EXPECT_EQ(seen, expected);
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract, ::testing::ValuesIn(Backends()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace sallyport::store
