// What every backend of store::Store must do: one test body, run against each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "backend.h"
#include "times_for_tests.h"

namespace sallyport::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

revocation::Revocation Family(const std::string& subject, int64_t keep_until = 2'000'000'000) {
  return {revocation::Kind::kFamily, subject, "", keep_until};
}

class StoreContract : public ::testing::TestWithParam<BackendFactory> {
 protected:
  void SetUp() override {
    backend_ = GetParam().make();
    Reopen();
  }
  void Reopen() {
    store_.reset();
    auto opened = backend_->Open();
    ASSERT_TRUE(opened.ok()) << opened.error().message << " " << opened.error().cause;
    store_ = std::move(*opened);
  }
  // The outcome of a change whose commit succeeded.
  base::Status Change(const std::function<base::Status(LogTx&)>& fn) {
    auto committed = store_->UpdateLog(fn);
    EXPECT_TRUE(committed.ok());
    return committed->outcome;
  }
  void Put(const std::string& key, const std::string& value,
           const std::vector<IndexRow>& rows = {}) {
    ASSERT_TRUE(Change([&](LogTx& tx) { return tx.Put(key, value, rows); }).ok());
  }
  void Append(const revocation::Revocation& revocation) {
    ASSERT_TRUE(Change([&](LogTx& tx) { return tx.Append(revocation); }).ok());
  }
  std::optional<std::string> Get(const std::string& key) {
    auto got = store_->Get(key);
    EXPECT_TRUE(got.ok());
    return *got;
  }
  std::vector<revocation::LogEntry> Log() {
    auto log = store_->ReadLog(0, 10'000);
    EXPECT_TRUE(log.ok());
    return std::move(*log);
  }
  std::vector<std::string> Keys(const std::string& index, const std::string& prefix = "",
                                const std::optional<ListPosition>& after = {},
                                size_t limit = 1000) {
    auto listed = store_->List(index, prefix, after, limit);
    EXPECT_TRUE(listed.ok());
    std::vector<std::string> keys;
    for (const ListItem& item : *listed) keys.push_back(item.key);
    return keys;
  }

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Store> store_;
};

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

TEST_P(StoreContract, TheLogIsGapFreeInCommitOrderUnderConcurrentWriters) {
  std::atomic<bool> done{false};
  std::atomic<uint64_t> gaps{0};
  std::thread reader([&] {
    uint64_t last = 0;
    while (true) {
      const bool last_round = done;
      const auto page = store_->ReadLog(last, 64);
      ASSERT_TRUE(page.ok());
      for (const auto& entry : *page) {
        if (entry.position.sequence != ++last) ++gaps;
      }
      if (page->empty() && last_round) break;
    }
    EXPECT_EQ(last, 8u * 50u);
  });
  std::vector<std::thread> writers;
  for (int t = 0; t < 8; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        uint64_t order = 0;
        const auto committed = store_->UpdateLog([&](LogTx& tx) -> base::Status {
          SALLYPORT_ASSIGN(auto value, tx.Get("order"));
          order = std::stoull(value.value_or("0")) + 2;
          SALLYPORT_TRY(tx.Append(Family(std::to_string(t) + "a")));
          SALLYPORT_TRY(tx.Append(Family(std::to_string(t) + "b")));
          return tx.Put("order", std::to_string(order), {});
        });
        ASSERT_TRUE(committed.ok() && committed->outcome.ok());
        // The numbers follow the order of the commits, and each change saw its own number.
        ASSERT_EQ(committed->release.sequence(), order);
        ASSERT_GE(store_->Head().sequence, order);
      }
    });
  }
  for (auto& writer : writers) writer.join();
  done = true;
  reader.join();
  EXPECT_EQ(gaps, 0u);
  EXPECT_EQ(store_->LogSize(), 400u);
}

TEST_P(StoreContract, EachEntryCarriesTheRunningHash) {
  for (int i = 0; i < 5; ++i) {
    Append({revocation::Kind::kKeyPublished, "iss k" + std::to_string(i), "{\"kty\":\"RSA\"}",
            revocation::kNever});
  }
  revocation::LogHash hash{};
  EXPECT_EQ(*store_->HashAt(0), revocation::LogHash{});
  for (const auto& entry : Log()) {
    hash = revocation::NextHash(hash, entry.position.sequence, entry.revocation);
    EXPECT_EQ(entry.position.hash, hash);
    EXPECT_EQ(*store_->HashAt(entry.position.sequence), hash);
    EXPECT_EQ(entry.revocation.detail, "{\"kty\":\"RSA\"}");
    EXPECT_EQ(entry.revocation.keep_until, revocation::kNever);
  }
  EXPECT_EQ(store_->Head().hash, hash);
  EXPECT_EQ(*store_->HashAt(6), std::nullopt);
}

TEST_P(StoreContract, ARevocationThatNoFrameCanCarryIsRefused) {
  for (const auto& revocation :
       {Family(""), Family(std::string(revocation::kMaxSubjectBytes + 1, 's')),
        revocation::Revocation{revocation::Kind::kKeyPublished, "s",
                               std::string(revocation::kMaxDetailBytes + 1, 'd'), 0}}) {
    EXPECT_FALSE(Change([&](LogTx& tx) { return tx.Append(revocation); }).ok());
  }
  EXPECT_EQ(store_->Head().sequence, 0u);
  Append({revocation::Kind::kKeyPublished, std::string(revocation::kMaxSubjectBytes, 's'),
          std::string(revocation::kMaxDetailBytes, 'd'), 0});
}

TEST_P(StoreContract, AnUnchangingUpdateReportsTheHeadToo) {
  Append(Family("f"));
  const auto committed = store_->Update([](Tx&) { return base::Status(); });
  EXPECT_EQ(committed->release.sequence(), 1u);
}

TEST_P(StoreContract, PruneDeletesWhatHasExpiredAndKeepsTheHead) {
  for (int i = 1; i <= 1200; ++i) {
    ASSERT_TRUE(store_
                    ->UpdateLog([&](LogTx& tx) -> base::Status {
                      for (int k = 0; k < 2; ++k) {
                        SALLYPORT_TRY(tx.Append(
                            Family(std::to_string(i), i % 100 == 0 ? revocation::kNever : 1000)));
                      }
                      return {};
                    })
                    ->outcome.ok());
    if (i == 1200) Append(Family("head", 500));
    if (i > 60 && i < 1140) i += 9;
  }
  const uint64_t size = store_->LogSize();
  const auto head = store_->Head();
  ASSERT_TRUE(store_->PruneLog(TimesForTests::Forget(1000)).ok());
  EXPECT_EQ(store_->LogSize(), size) << "keep_until has not passed yet, and the head stays";
  ASSERT_TRUE(store_->PruneLog(TimesForTests::Forget(1001)).ok());
  const auto left = Log();
  EXPECT_EQ(left.size(), store_->LogSize());
  for (const auto& entry : left) {
    EXPECT_TRUE(entry.revocation.keep_until == revocation::kNever || entry.position == head);
  }
  EXPECT_EQ(left.back().position, head);
  EXPECT_EQ(*store_->HashAt(1), std::nullopt);
  Reopen();
  EXPECT_EQ(store_->Head(), head);
  EXPECT_EQ(store_->LogSize(), left.size());
  Append(Family("next"));
  EXPECT_EQ(store_->Head().sequence, head.sequence + 1);
  EXPECT_EQ(store_->LogSize(), left.size() + 1);
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

TEST_P(StoreContract, BeginHistoryGivesTheLogANewIdAndKeepsItsEntries) {
  Append(Family("f"));
  const auto head = store_->Head();
  const auto id = store_->log_id();
  const auto before = store_->lineage();
  EXPECT_FALSE(store_->IsPast(id));
  ASSERT_TRUE(store_->BeginHistory().ok());
  const auto renewed = store_->log_id();
  EXPECT_NE(renewed, id);
  Reopen();
  EXPECT_EQ(store_->log_id(), renewed);
  EXPECT_EQ(store_->Head(), head);
  EXPECT_TRUE(store_->IsPast(id));
  EXPECT_FALSE(store_->IsPast(renewed));
  EXPECT_EQ(store_->lineage().store, before.store);
  EXPECT_GT(store_->lineage().generation, before.generation);
  ASSERT_TRUE(store_->BeginHistory().ok());
  EXPECT_THAT(store_->lineage().past, ElementsAre(id, renewed));
}

TEST_P(StoreContract, ARestoredStoreSaysWhyUntilANewHistoryBegins) {
  EXPECT_FALSE(store_->is_restored());
  EXPECT_EQ(store_->restored_reason(), "");
  ASSERT_TRUE(store_->MarkRestored("an agent was ahead").ok());
  ASSERT_TRUE(store_->MarkRestored("another reason").ok());
  EXPECT_TRUE(store_->is_restored());
  Reopen();
  EXPECT_TRUE(store_->is_restored());
  EXPECT_EQ(store_->restored_reason(), "an agent was ahead");
  ASSERT_TRUE(store_->BeginHistory().ok());
  EXPECT_FALSE(store_->is_restored());
  Reopen();
  EXPECT_FALSE(store_->is_restored());
  EXPECT_EQ(store_->Get(kRestoredRecord).value(), std::nullopt);
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

TEST_P(StoreContract, OnAppendTellsEachNewHeadInOrderBeforeTheAcknowledgement) {
  std::mutex mutex;
  std::vector<uint64_t> heads;
  store_->OnAppend([&](revocation::LogPosition head) {
    std::lock_guard lock(mutex);
    heads.push_back(head.sequence);
  });
  for (uint64_t i = 1; i <= 3; ++i) {
    Append(Family("f"));
    std::lock_guard lock(mutex);
    ASSERT_EQ(heads.back(), i);
  }
  Put("a", "1");
  store_->OnAppend(nullptr);
  Append(Family("f"));
  EXPECT_THAT(heads, ElementsAre(1, 2, 3));
}

TEST_P(StoreContract, TwoStoresHaveDifferentLogIds) {
  auto other = GetParam().make();
  auto opened = other->Open();
  ASSERT_TRUE(opened.ok());
  EXPECT_NE((*opened)->log_id(), store_->log_id());
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract, ::testing::ValuesIn(Backends()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace sallyport::store
