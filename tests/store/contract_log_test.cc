// What every backend of store::Store must do with the log and with which history it holds.
#include <atomic>
#include <mutex>
#include <thread>

#include "contract_fixture.h"
#include "times_for_tests.h"

namespace sallyport::store {
namespace {

using ::testing::ElementsAre;

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
        // Numbers follow the order of the commits, and what is waited for has the change's own.
        ASSERT_GE(committed->release.sequence(), order);
        ASSERT_GE(store_->Head().sequence, order);
        const auto own = store_->ReadLog(order - 1, 1);
        ASSERT_TRUE(own.ok() && own->size() == 1);
        ASSERT_EQ(own->front().position.sequence, order);
        ASSERT_EQ(own->front().revocation.subject, std::to_string(t) + "b");
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
  const auto logged = store_->UpdateLog([](LogTx&) { return base::Status(); });
  EXPECT_EQ(logged->release.sequence(), 1u);
  const auto revoking = store_->UpdateRevoking([](LogTx&) { return base::Status(); });
  EXPECT_EQ(revoking->release.sequence(), 1u);
  EXPECT_EQ(store_->Barrier()->sequence(), 1u);
}

TEST_P(StoreContract, AStoreThatIsOpenMayGrant) {
  EXPECT_TRUE(store_->may_grant());
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

TEST_P(StoreContract, AnAdoptedLogIsTheOthersAndIsGoneOnWith) {
  Append(Family("own"));
  ASSERT_TRUE(store_->EmptyLog().ok());
  EXPECT_EQ(store_->Head(), revocation::LogPosition{});
  revocation::LogPosition head{41, {}};
  std::vector<revocation::LogEntry> entries;
  for (const uint64_t sequence : {42U, 43U, 50U}) {
    const revocation::Revocation revocation = Family(std::to_string(sequence));
    head = {sequence, revocation::NextHash(head.hash, sequence, revocation)};
    entries.push_back({head, revocation});
  }
  ASSERT_TRUE(store_->AdoptEntries(entries).ok());
  Lineage lineage = store_->lineage();
  lineage.past.push_back(lineage.log);
  lineage.store.fill(1);
  lineage.log.fill(2);
  lineage.generation += 100;
  ASSERT_TRUE(store_->AdoptLineage(lineage).ok());
  Reopen();
  EXPECT_EQ(store_->Head(), head);
  EXPECT_EQ(store_->LogSize(), 3U);
  EXPECT_EQ(Log().front().position, entries.front().position);
  EXPECT_EQ(store_->lineage().store, lineage.store);
  EXPECT_EQ(store_->log_id(), lineage.log);
  EXPECT_EQ(store_->lineage().past, lineage.past);
  EXPECT_GT(store_->lineage().generation, lineage.generation);
  EXPECT_FALSE(store_->is_restored());
  Append(Family("next"));
  EXPECT_EQ(store_->Head().sequence, 51U);
  EXPECT_EQ(store_->Head().hash, revocation::NextHash(head.hash, 51, Family("next")));
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

}  // namespace
}  // namespace sallyport::store
