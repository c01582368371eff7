// CopyStore between the two backends.
#include "store/copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend.h"
#include "server.h"
#include "store/sqlite/sqlite_store.h"
#include "store_postgres/postgres_store.h"

namespace sallyport::store {
namespace {

using ::testing::HasSubstr;

class CopyTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> Sqlite(const std::string& name) {
    auto opened = OpenSqlite(directory_.path() + "/" + name);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  // Without a directory, as the command has it.
  std::unique_ptr<Store> Postgres() {
    auto opened = OpenPostgres(database_.address(), "");
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  static base::Status Write(Store& store, const std::function<base::Status(LogTx&)>& fn) {
    SALLYPORT_ASSIGN(Committed committed, store.UpdateRevoking(fn));
    return std::move(committed.outcome);
  }
  // More than a page of records, of every kind.
  static void Fill(Store& store) {
    ASSERT_TRUE(
        Write(store, [](LogTx& tx) -> base::Status {
          for (int i = 0; i < 1234; ++i) {
            const std::string n = std::to_string(i);
            SALLYPORT_TRY(tx.Put(std::string("k\0\xff", 3) + n, "v" + n,
                                 {{"counted/x", n}, {"i", std::string("\0", 1) + n}}));
            if (i % 100 != 0) continue;
            SALLYPORT_TRY(tx.Append({revocation::Kind::kFamily, "f" + n, "d", revocation::kNever}));
          }
          return tx.Put("empty", "", {});
        }).ok());
  }
  static std::vector<StoredRecord> All(Store& store) {
    std::vector<StoredRecord> records = store.ReadRecords(std::nullopt, 10'000).value();
    std::erase_if(records, [](const StoredRecord& record) {
      return record.key == kRestoredRecord || record.key == kCopyingRecord;
    });
    return records;
  }
  static base::Result<CopyProgress> Copy(Store& from, Store& to) {
    return CopyStore(from, to, {.source_name = "from", .target_name = "to", .progress = {}});
  }

  TemporaryDirectory directory_;
  const TestDatabase database_;
};

TEST_F(CopyTest, EverythingGoesThereAndBackAndIsTheSame) {
  const auto first = Sqlite("first");
  Fill(*first);
  ASSERT_TRUE(first->BeginHistory().ok());
  ASSERT_TRUE(first->WitnessTtl(1234).ok());
  const auto middle = Postgres();
  const auto there = Copy(*first, *middle);
  ASSERT_TRUE(there.ok()) << there.error().message << there.error().cause;
  EXPECT_EQ(there->records, 1235U);
  const auto last = Sqlite("last");
  const auto back = Copy(*middle, *last);
  ASSERT_TRUE(back.ok()) << back.error().message << back.error().cause;
  const std::vector<StoredRecord> all = All(*first);
  ASSERT_EQ(all.size(), 1235U);
  for (Store* copy : {middle.get(), last.get()}) {
    EXPECT_EQ(All(*copy), all);
    EXPECT_EQ(copy->Head(), first->Head());
    EXPECT_EQ(copy->LogSize(), first->LogSize());
    EXPECT_EQ(copy->lineage().store, first->lineage().store);
    EXPECT_EQ(copy->lineage().log, first->lineage().log);
    EXPECT_EQ(copy->lineage().past, first->lineage().past);
    EXPECT_GT(copy->lineage().generation, first->lineage().generation);
    EXPECT_EQ(copy->WitnessedTtl(), 1234U);
    EXPECT_EQ(copy->CountOf("counted/x").value(), first->CountOf("counted/x").value());
    EXPECT_EQ(copy->List("i", "", std::nullopt, 2000)->size(), 1234U);
    EXPECT_EQ(copy->HashAt(7).value(), first->HashAt(7).value());
  }
  EXPECT_TRUE(first->is_restored()) << "not both of them are served";
  EXPECT_TRUE(middle->is_restored());
  EXPECT_FALSE(last->is_restored());
}

TEST_F(CopyTest, ACopyThatWasCutOffIsNoStoreAndTheNextOneWritesWhatDiffers) {
  const auto first = Sqlite("first");
  Fill(*first);
  {
    const auto target = Postgres();
    // As a copy leaves it that was cut off, and what has changed since.
    ASSERT_TRUE(Write(*target, [](LogTx& tx) -> base::Status {
                  SALLYPORT_TRY(tx.Put(kCopyingRecord, "from there", {}));
                  SALLYPORT_TRY(tx.Put("empty", "", {}));
                  SALLYPORT_TRY(tx.Put(std::string("k\0\xff", 3) + "7", "older", {}));
                  return tx.Put("since deleted", "", {{"counted/x", "s"}});
                }).ok());
    EXPECT_THAT(CheckNoCopy(*target, "to").error().message, HasSubstr("was not finished"));
  }
  const auto target = Postgres();
  const auto copied = Copy(*first, *target);
  ASSERT_TRUE(copied.ok()) << copied.error().message << copied.error().cause;
  EXPECT_EQ(copied->changed, 1235U) << "all but one, and one that is dropped";
  EXPECT_EQ(All(*target), All(*first));
  EXPECT_TRUE(CheckNoCopy(*target, "to").ok());
  EXPECT_TRUE(Copy(*first, *target).ok()) << "it was done already";
}

TEST_F(CopyTest, NoStoreIsOverwrittenAndNoneIsCopiedThatIsKnownToBeOld) {
  const auto first = Sqlite("first");
  Fill(*first);
  const auto target = Postgres();
  Fill(*target);
  const auto refused = Copy(*first, *target);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("a copy overwrites none"));
  EXPECT_FALSE(first->is_restored()) << "a refusal changes nothing";
  ASSERT_TRUE(first->MarkRestored("an agent was ahead").ok());
  const auto old = Copy(*first, *Sqlite("other"));
  ASSERT_FALSE(old.ok());
  EXPECT_THAT(old.error().message, HasSubstr("run sallyport recover on it first"));
}

}  // namespace
}  // namespace sallyport::store
