// How a store is recognised as an older copy of itself, and by what.
#include "store/lineage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "lineage_fixture.h"

namespace sallyport::store {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

revocation::LogId Id(uint8_t first) {
  revocation::LogId id{};
  id[0] = first;
  return id;
}

revocation::LogHash Hash(uint8_t first) {
  revocation::LogHash hash{};
  hash[0] = first;
  return hash;
}

// ---- The rules, with no file

class Judging : public ::testing::Test {
 protected:
  // What the witness knows of the store; "": the store is not older.
  std::string Judge() {
    const auto older = OlderThanWitness(witness_, lineage_, head_, copied_,
                                        [this](uint64_t) { return std::optional(hash_); });
    return older.value().value_or("");
  }

  Lineage lineage_{.store = Id(1), .log = Id(2), .past = {Id(1)}, .generation = 5};
  revocation::LogPosition head_{10, Hash(10)};
  std::optional<uint64_t> copied_ = 4;
  revocation::LogHash hash_ = Hash(9);  // at the witness's place
  Witness witness_{
      .store = Id(1), .log = Id(2), .generation = 5, .head = {9, Hash(9)}, .copied = 4};
};

TEST_F(Judging, AnOlderDatabaseFileBesideAWalOfTheNewestStateIsNoticed) {
  copied_ = 3;
  EXPECT_THAT(Judge(), HasSubstr("generation 4 in the database file, which now has 3"));
  copied_ = 5;
  EXPECT_EQ(Judge(), "");
  copied_ = std::nullopt;
  EXPECT_EQ(Judge(), "") << "the keeper has looked through the whole database then";
}

TEST_F(Judging, AStoreThatIsWhereTheWitnessWasOrFurtherIsNoOlderOne) {
  EXPECT_EQ(Judge(), "");
  lineage_.generation = 6;
  EXPECT_EQ(Judge(), "");
}

TEST_F(Judging, AGreaterGenerationInTheWitnessIsNoticed) {
  witness_.generation = 6;
  EXPECT_THAT(Judge(), HasSubstr("generation 6"));
}

TEST_F(Judging, AnEntryThatTheLogHasNotIsNoticed) {
  witness_.head = {11, Hash(11)};
  EXPECT_THAT(Judge(), HasSubstr("entry 11"));
}

TEST_F(Judging, AnotherEntryAtTheSamePlaceIsNoticed) {
  hash_ = Hash(99);
  EXPECT_THAT(Judge(), HasSubstr("another entry 9"));
}

TEST_F(Judging, AWitnessOfAHistoryThatThisStoreNeverHeardOfIsNoticed) {
  witness_.log = Id(7);
  witness_.generation = 1;
  EXPECT_THAT(Judge(), HasSubstr("recovered"));
}

TEST_F(Judging, AWitnessFromBeforeARecoverThatWasCutOffIsNoAlarm) {
  witness_.log = Id(1);
  witness_.generation = 4;
  witness_.head = {1000, Hash(1)};
  EXPECT_EQ(Judge(), "");
  witness_.generation = 5;
  EXPECT_NE(Judge(), "");
}

TEST_F(Judging, AForeignWalThatWasFoundIsNoticedUntilARecover) {
  witness_.wal.kind = WalMark::Kind::kForeign;
  EXPECT_THAT(Judge(), HasSubstr("sallyport.db-wal that belongs to another one"));
  // A recover that was interrupted before it wrote the file.
  witness_.log = Id(1);
  witness_.generation = 4;
  EXPECT_EQ(Judge(), "");
}

TEST(WitnessSlotTest, IsReadAsItWasWrittenAndNotWithAByteChanged) {
  const WitnessSlot slot{
      7, {Id(1), Id(2), 3, {4, Hash(5)}, 2, 60'000, {WalMark::Kind::kKnown, 11, 12, 13}}};
  const std::string bytes = EncodeWitnessSlot(slot);
  ASSERT_EQ(bytes.size(), kWitnessSlotBytes);
  const auto read = DecodeWitnessSlot(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->count, 7u);
  EXPECT_EQ(read->witness, slot.witness);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(DecodeWitnessSlot(changed)) << i;
  }
  EXPECT_FALSE(DecodeWitnessSlot(bytes.substr(1)));
  EXPECT_FALSE(DecodeWitnessSlot(bytes.substr(0, bytes.size() - 1)));
}

// As the main of 25 November 2026 wrote it.
TEST(WitnessSlotTest, OneOfTheFirstFormatIsRead) {
  std::string bytes = "SLYPLIN1";
  bytes += std::string("\x07\0\0\0\0\0\0\0", 8);
  bytes += std::string(16, 'S') + std::string(16, 'L');
  bytes += std::string("\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0", 16);
  bytes += std::string(32, 'H');
  std::string sum(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
         reinterpret_cast<uint8_t*>(sum.data()));
  bytes += sum;
  const auto slot = DecodeWitnessSlot(bytes + std::string(12, '\0'));
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->count, 7u);
  EXPECT_EQ(slot->witness.generation, 3u);
  EXPECT_EQ(slot->witness.head.sequence, 4u);
  EXPECT_EQ(slot->witness.copied, 0u);
  EXPECT_EQ(slot->witness.greatest_ttl_millis, 0u);
  bytes[20] ^= 1;
  EXPECT_FALSE(DecodeWitnessSlot(bytes));
}

// As the releases before this mark of the WAL wrote it.
TEST(WitnessSlotTest, OneOfTheSecondFormatIsRead) {
  std::string bytes = "SLYPLIN2";
  bytes += std::string("\x07\0\0\0\0\0\0\0", 8);
  bytes += std::string(16, 'S') + std::string(16, 'L');
  bytes += std::string("\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0", 16);
  bytes += std::string(32, 'H');
  bytes += std::string("\x02\0\0\0\0\0\0\0\x60\0\0\0", 12);
  std::string sum(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
         reinterpret_cast<uint8_t*>(sum.data()));
  bytes += sum;
  const auto slot = DecodeWitnessSlot(bytes + std::string(kWitnessSlotBytes - bytes.size(), '\0'));
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->witness.copied, 2u);
  EXPECT_EQ(slot->witness.greatest_ttl_millis, 0x60u);
  EXPECT_EQ(slot->witness.wal, WalMark{});
  bytes[20] ^= 1;
  EXPECT_FALSE(DecodeWitnessSlot(bytes));
}

// ---- A store and its file

TEST_F(LineageTest, EachStartAndEachOrderlyEndRaisesTheGenerationInStoreAndFile) {
  auto store = Open();
  const uint64_t first = store->lineage().generation;
  EXPECT_EQ(Seen().generation, first);
  store.reset();
  EXPECT_EQ(Seen().generation, first + 1);
  store = Open();
  EXPECT_EQ(store->lineage().generation, first + 2);
  EXPECT_FALSE(store->is_restored());
}

TEST_F(LineageTest, TheGenerationGrowsWhileTheStoreRuns) {
  SqliteOptions options;
  options.generation_period = std::chrono::milliseconds(20);
  auto store = Open(options);
  const uint64_t first = store->lineage().generation;
  for (int i = 0; i < 500 && store->lineage().generation < first + 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GE(store->lineage().generation, first + 3);
}

TEST_F(LineageTest, TheHeadIsWitnessedSoonAfterItMoved) {
  auto store = Open();
  for (int round = 0; round < 2; ++round) {
    Append(*store);
    const auto head = store->Head();
    for (int i = 0; i < 500 && Seen().head != head; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(Seen().head, head);
  }
}

TEST_F(LineageTest, AnOlderDatabaseIsNoticedEachTimeItComesBack) {
  Open().reset();
  KeepCopy();
  for (int times = 0; times < 3; ++times) {
    auto store = Open();
    EXPECT_FALSE(store->is_restored());
    Append(*store);
    store.reset();
    PutCopyBack();
    store = Open();
    EXPECT_TRUE(store->is_restored()) << times;
    EXPECT_THAT(store->restored_reason(), HasSubstr("lineage"));
    store.reset();
    // It is not forgotten by another start.
    store = Open();
    EXPECT_TRUE(store->is_restored());
    // Nor is the proof overwritten.
    store.reset();
    PutCopyBack();
    store = Open();
    EXPECT_TRUE(store->is_restored());
    ASSERT_TRUE(store->BeginHistory().ok());
    EXPECT_FALSE(store->is_restored());
  }
}

// A server was killed, so its WAL is left. Applied to an older database, it gives the newest
// generation and head, and what lies between is lost.
TEST_F(LineageTest, AnOlderDatabaseBesideTheWalOfAKilledServerIsNoticed) {
  Open().reset();
  KeepCopy();
  {
    auto store = Open();
    Append(*store);
  }
  auto store = Open();
  Append(*store);
  fs::copy_file(DatabasePath(data()) + "-wal", copy() + "-wal");
  fs::copy_file(witness(), copy() + "-witness");
  fs::copy_file(DatabasePath(data()), copy() + "-killed");
  store.reset();
  const auto put = [&](const std::string& database) {
    fs::copy_file(database, DatabasePath(data()), fs::copy_options::overwrite_existing);
    fs::copy_file(copy() + "-wal", DatabasePath(data()) + "-wal");
    fs::copy_file(copy() + "-witness", witness(), fs::copy_options::overwrite_existing);
  };
  put(copy() + "-killed");
  EXPECT_FALSE(Open()->is_restored()) << "the one that it belongs to";
  put(copy());
  EXPECT_THAT(Open()->restored_reason(), HasSubstr("in the database file"));
}

// A start after a kill copies the first run's WAL into the file.
TEST_F(LineageTest, AnOlderDatabaseBesideTheWalOfAServerThatWasKilledTwiceIsNoticed) {
  Open().reset();
  KeepCopy();
  const std::string database = DatabasePath(data());
  const auto run_and_kill = [&] {
    auto store = Open();
    EXPECT_FALSE(store->is_restored());
    Append(*store);
    for (const auto& [from, to] : Parts()) {
      fs::copy_file(from, to, fs::copy_options::overwrite_existing);
    }
    store.reset();
    for (const auto& [from, to] : Parts()) {
      fs::copy_file(to, from, fs::copy_options::overwrite_existing);
    }
  };
  run_and_kill();
  run_and_kill();
  fs::copy_file(copy(), database, fs::copy_options::overwrite_existing);
  EXPECT_THAT(Open()->restored_reason(), HasSubstr("in the database file"));
}

// Each time the WAL is copied into the database, this leaves a trace there that no earlier file
// has.
TEST_F(LineageTest, ADatabaseFileOfBeforeACheckpointIsNoticedBesideTheWalOfAfterIt) {
  auto store = Open({.checkpoint_pages = 64,
                     .restart_pages = 64,
                     .generation_period = std::chrono::milliseconds(100)});
  KeepCopy();
  const uint64_t copied = Seen().copied;
  while (Seen().copied == copied) Append(*store);
  EXPECT_LE(Seen().copied, Seen().generation);
  // What the WAL shows is the newest state.
  for (const uint64_t before = Seen().generation; Seen().generation == before;) Append(*store);
  fs::copy_file(DatabasePath(data()) + "-wal", copy() + "-wal");
  fs::copy_file(witness(), copy() + "-witness");
  store.reset();
  fs::copy_file(copy(), DatabasePath(data()), fs::copy_options::overwrite_existing);
  fs::copy_file(copy() + "-wal", DatabasePath(data()) + "-wal");
  fs::copy_file(copy() + "-witness", witness(), fs::copy_options::overwrite_existing);
  // The WAL may just have begun from its start again; then it shows no generation, and that is
  // noticed first.
  EXPECT_THAT(Open()->restored_reason(),
              AnyOf(HasSubstr("in the database file"), HasSubstr("and this is generation 0")));
}

TEST_F(LineageTest, TheGreatestTtlOutlivesAnOlderDatabase) {
  Open().reset();
  KeepCopy();
  {
    auto store = Open();
    ASSERT_TRUE(store->WitnessTtl(9000).ok());
    ASSERT_TRUE(store->WitnessTtl(1000).ok());
    EXPECT_EQ(store->WitnessedTtl(), 9000u);
  }
  PutCopyBack();
  auto store = Open();
  EXPECT_EQ(store->WitnessedTtl(), 9000u);
  ASSERT_TRUE(store->BeginHistory().ok());
  store.reset();
  EXPECT_EQ(Open()->WitnessedTtl(), 9000u);
}

TEST_F(LineageTest, AFileThatIsMissingOrDamagedIsNoticedAndMadeAnewByARecover) {
  Open().reset();
  fs::remove(witness());
  auto store = Open();
  EXPECT_THAT(store->restored_reason(), HasSubstr("missing"));
  EXPECT_FALSE(fs::exists(witness()));
  ASSERT_TRUE(store->BeginHistory().ok());
  store.reset();
  EXPECT_FALSE(Open()->is_restored());
  fs::resize_file(witness(), 0);
  store = Open();
  EXPECT_THAT(store->restored_reason(), HasSubstr("damaged"));
  ASSERT_TRUE(store->BeginHistory().ok());
  store.reset();
  EXPECT_FALSE(Open()->is_restored());
}

TEST_F(LineageTest, ALinkOrADirectoryInPlaceOfTheFileIsRefusedInWords) {
  Open().reset();
  fs::rename(witness(), copy());
  fs::create_symlink(copy(), witness());
  EXPECT_THAT(Refusal(), HasSubstr("a link or a directory"));
  fs::remove(witness());
  fs::create_directory(witness());
  EXPECT_THAT(Refusal(), HasSubstr("a link or a directory"));
}

TEST_F(LineageTest, ASlotThatIsTornLeavesTheOneBefore) {
  Open().reset();
  const Witness before = Seen();
  {
    auto file = WitnessFile::Open(data());
    Witness next = before;
    ++next.generation;
    // Twice, so that each of the two slots is the newer one once.
    for (const std::streamoff place : {std::streamoff{0}, std::streamoff{4096}}) {
      ASSERT_TRUE(file->Write(next).ok());
      const std::string bytes = [&] {
        std::ifstream in(witness(), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
      }();
      EXPECT_EQ(bytes.size(), 8192u);
      Damage(witness(), place + 40);
      EXPECT_EQ(Seen().store, before.store);
      std::ofstream(witness(), std::ios::binary | std::ios::trunc) << bytes;
      ++next.generation;
    }
  }
}

TEST_F(LineageTest, AFileIsWrittenInPlaceAndTakesNoNewBlocks) {
  Open().reset();
  struct stat before {
  }, after{};
  ASSERT_EQ(stat(witness().c_str(), &before), 0);
  auto file = WitnessFile::Open(data());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(file->Write(Seen()).ok());
  ASSERT_EQ(stat(witness().c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_blocks, after.st_blocks);
  EXPECT_EQ(before.st_size, 8192);
  EXPECT_GE(before.st_blocks * 512, 8192);
}

TEST_F(LineageTest, TheFileOfAnotherStoreIsRefusedInWords) {
  Open().reset();
  TemporaryDirectory other;
  ASSERT_TRUE(OpenSqlite(other.path() + "/data").ok());
  fs::copy_file(WitnessPath(other.path() + "/data"), witness(),
                fs::copy_options::overwrite_existing);
  const Witness others = Seen();
  EXPECT_THAT(Refusal(), HasSubstr("is not of the store"));
  EXPECT_EQ(Seen(), others) << "it serves the other store on";
}

TEST_F(LineageTest, ARecoverThatIsCutOffBeforeItsFileIsWrittenIsNoAlarm) {
  auto store = Open();
  Append(*store);
  store.reset();
  const std::string kept = directory_.path() + "/lineage";
  fs::copy_file(witness(), kept);
  store = Open();
  ASSERT_TRUE(store->BeginHistory().ok());
  store.reset();
  fs::copy_file(kept, witness(), fs::copy_options::overwrite_existing);
  store = Open();
  EXPECT_FALSE(store->is_restored());
}

TEST_F(LineageTest, ARecoverCountsTheLogsThatGaveItAwayToItsPast) {
  Open().reset();
  KeepCopy();
  auto store = Open();
  ASSERT_TRUE(store->BeginHistory().ok());
  const auto lost = store->log_id();
  store.reset();
  PutCopyBack();
  store = Open();
  EXPECT_TRUE(store->is_restored());
  // The file knows of `lost`, and two Agents of another each.
  for (const uint8_t agent : {8, 9, 8}) ASSERT_TRUE(NoteForeignLogId(*store, Id(agent)).ok());
  EXPECT_FALSE(store->IsPast(lost));
  ASSERT_TRUE(store->BeginHistory().ok());
  EXPECT_TRUE(store->IsPast(lost));
  EXPECT_TRUE(store->IsPast(Id(8)));
  EXPECT_TRUE(store->IsPast(Id(9)));
  EXPECT_EQ(store->lineage().past.size(), 4u);
  EXPECT_EQ(store->Get(kForeignLogIdsRecord).value(), std::nullopt);
}

}  // namespace
}  // namespace sallyport::store
