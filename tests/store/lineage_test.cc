// Which store is an older copy of itself, and what is beside it that tells.
#include "store/lineage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "backend.h"
#include "store/sqlite/database.h"
#include "store/sqlite/lineage_keeper.h"
#include "store/sqlite/room.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/store_file.h"
#include "store/sqlite/wal_file.h"
#include "store/sqlite/witness_file.h"

namespace sallyport::store {
namespace {

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
  // What is known of the store by the witness; empty: it is not older.
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
  EXPECT_THAT(Judge(), HasSubstr("sallyport.db-wal beside the database that is not its own"));
  // A recover that was cut off before it wrote the file.
  witness_.log = Id(1);
  witness_.generation = 4;
  EXPECT_EQ(Judge(), "");
}

TEST(ForeignWalTest, NoWalIsForeignToNoDatabase) {
  using Kind = WalMark::Kind;
  for (const Kind kind : {Kind::kUnknown, Kind::kNone, Kind::kKnown}) {
    EXPECT_FALSE(IsForeignWal({kind, 7, 8, 9}, std::nullopt));
  }
}

TEST(ForeignWalTest, AnyWalIsForeignToADatabaseThatWasClosedAndNoneWhereNothingIsKnown) {
  EXPECT_TRUE(IsForeignWal({.kind = WalMark::Kind::kNone}, FoundWal{7, 8, true}));
  EXPECT_FALSE(IsForeignWal({}, FoundWal{7, 8, true}));
}

TEST(ForeignWalTest, TheOneThatIsKnownIsForeignWhereItIsShorter) {
  const WalMark mark{WalMark::Kind::kKnown, 7, 8, 9};
  EXPECT_FALSE(IsForeignWal(mark, FoundWal{7, 8, true}));
  EXPECT_TRUE(IsForeignWal(mark, FoundWal{7, 8, false}));
  EXPECT_TRUE(IsForeignWal(mark, FoundWal{7, 9, true}));
}

TEST(ForeignWalTest, ASuccessorIsItsOwnAndAnEarlierOneIsNot) {
  const WalMark mark{WalMark::Kind::kKnown, 0xfffffffe, 8, 9};
  for (const uint32_t salt : {0xffffffffU, 0U, 1U, 0xfffeU}) {
    EXPECT_FALSE(IsForeignWal(mark, FoundWal{salt, 1, false})) << salt;
  }
  for (const uint32_t salt : {0xfffffffdU, 0xffffffU, 0xffffU}) {
    EXPECT_TRUE(IsForeignWal(mark, FoundWal{salt, 1, true})) << salt;
  }
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

class LineageTest : public ::testing::Test {
 protected:
  std::string data() const { return directory_.path() + "/data"; }
  std::string witness() const { return WitnessPath(data()); }
  std::unique_ptr<Store> Open(const SqliteOptions& options = {}) {
    auto opened = OpenSqlite(data(), options);
    EXPECT_TRUE(opened.ok()) << opened.error().message << opened.error().cause;
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  std::string Refusal() {
    auto opened = OpenSqlite(data());
    return opened.ok() ? "opened" : opened.error().message;
  }
  static void Append(Store& store) {
    ASSERT_TRUE(store
                    .UpdateLog([](LogTx& tx) {
                      return tx.Append({revocation::Kind::kJti, "j", "", revocation::kNever});
                    })
                    .ok());
  }
  // The database as it is now, of a store that is not open.
  void KeepCopy() {
    fs::copy_file(DatabasePath(data()), copy(), fs::copy_options::overwrite_existing);
  }
  void PutCopyBack() {
    fs::remove(DatabasePath(data()) + "-wal");
    fs::remove(DatabasePath(data()) + "-shm");
    fs::copy_file(copy(), DatabasePath(data()), fs::copy_options::overwrite_existing);
  }
  std::string copy() const { return directory_.path() + "/copy"; }
  std::string wal() const { return WalPath(DatabasePath(data())); }
  // What another process does to the database.
  void Foreign(const char* sql) {
    auto database = Database::OpenWith(DatabasePath(data()), "?mode=rw", 64);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(database->Execute("PRAGMA query_only=0").ok());
    ASSERT_TRUE(database->Execute(sql).ok());
  }
  static void Write(Store& store, std::string_view value) {
    ASSERT_TRUE(store.Update([&](Tx& tx) { return tx.Put("k", value, {}); }).ok());
  }
  // A copy of a WAL that has nothing but the page of one record, as a large store's mostly has:
  // over newer pages it gives no older generation, nor head.
  void KeepWal(Store& store) {
    Write(store, "first");
    Foreign("PRAGMA wal_checkpoint(RESTART)");
    Write(store, "older");
    fs::copy_file(wal(), copy());
    Write(store, "newer");
  }
  void PutWalBack() { fs::copy_file(copy(), wal(), fs::copy_options::overwrite_existing); }
  // Ends the store, and leaves its directory as a kill at this moment would. Nothing is written
  // meanwhile.
  void Kill(std::unique_ptr<Store> store) {
    for (const auto& [from, to] : Parts()) {
      fs::copy_file(from, to, fs::copy_options::overwrite_existing);
    }
    store.reset();
    for (const auto& [from, to] : Parts()) {
      fs::copy_file(to, from, fs::copy_options::overwrite_existing);
    }
  }
  // Until the file says how far the WAL is: it is written after a commit of the log.
  void AppendAndAwaitWitness(Store& store) {
    Append(store);
    for (int i = 0; i < 500 && Seen().head != store.Head(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(Seen().head, store.Head());
  }
  // What a server that is killed leaves, and where a test keeps it.
  std::vector<std::pair<std::string, std::string>> Parts() const {
    const std::string database = DatabasePath(data());
    return {{database, copy() + ".db"},
            {database + "-wal", copy() + ".db-wal"},
            {witness(), copy() + ".lineage"}};
  }
  Witness Seen() {
    auto file = WitnessFile::Open(data());
    EXPECT_TRUE(file.ok() && file->seen());
    return file->seen().value_or(Witness{});
  }
  void Damage(const std::string& path, std::streamoff at) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(at);
    file << "damage";
  }

  TemporaryDirectory directory_;
};

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
    // Not forgotten by another start.
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

// A server was killed: its WAL stays. Put over an older database, it gives the newest generation
// and head, and what lies between is lost.
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

// Each copy of the WAL into the file leaves a trace there that no earlier file has.
TEST_F(LineageTest, ADatabaseFileOfBeforeACheckpointIsNoticedBesideTheWalOfAfterIt) {
  auto store = Open({.checkpoint_pages = 64,
                     .restart_pages = 64,
                     .generation_period = std::chrono::milliseconds(100)});
  KeepCopy();
  const uint64_t copied = Seen().copied;
  while (Seen().copied == copied) Append(*store);
  EXPECT_LE(Seen().copied, Seen().generation);
  // What the WAL shows is the newest.
  for (const uint64_t before = Seen().generation; Seen().generation == before;) Append(*store);
  fs::copy_file(DatabasePath(data()) + "-wal", copy() + "-wal");
  fs::copy_file(witness(), copy() + "-witness");
  store.reset();
  fs::copy_file(copy(), DatabasePath(data()), fs::copy_options::overwrite_existing);
  fs::copy_file(copy() + "-wal", DatabasePath(data()) + "-wal");
  fs::copy_file(copy() + "-witness", witness(), fs::copy_options::overwrite_existing);
  EXPECT_THAT(Open()->restored_reason(), HasSubstr("in the database file"));
}

// ---- Which WAL belongs to the database

constexpr std::string_view kOfAnOlderWal = "a sallyport.db-wal beside the database that is not";

TEST_F(LineageTest, AnOlderWalPutBesideADatabaseThatWasClosedIsNoticedUntilARecover) {
  auto store = Open();
  KeepWal(*store);
  store.reset();
  EXPECT_EQ(Seen().wal.kind, WalMark::Kind::kNone);
  PutWalBack();
  store = Open();
  EXPECT_EQ(store->Get("k").value(), "older") << "SQLite has replayed it";
  EXPECT_THAT(store->restored_reason(), HasSubstr(kOfAnOlderWal));
  ASSERT_TRUE(store->BeginHistory().ok());
  store.reset();
  EXPECT_FALSE(Open()->is_restored());
}

// SQLite has made one of the two by then, and deleted the WAL.
TEST_F(LineageTest, AForeignWalIsRememberedWhereTheStartEndsBeforeItMarksTheStore) {
  auto store = Open();
  KeepWal(*store);
  store.reset();
  PutWalBack();
  {
    auto room = Room::Open(data(), std::nullopt);
    auto file = WitnessFile::Open(data());
    ASSERT_TRUE(LineageKeeper::JudgeWal(data(), *file, **room).ok());
  }
  Foreign("SELECT count(*) FROM log");
  ASSERT_FALSE(fs::exists(wal()));
  EXPECT_THAT(Open()->restored_reason(), HasSubstr(kOfAnOlderWal));
}

TEST_F(LineageTest, AShorterCopyOfItsWalBesideADatabaseOfAKilledServerIsNoticed) {
  auto store = Open();
  KeepWal(*store);
  AppendAndAwaitWitness(*store);
  // What the log has is in the database by itself.
  Foreign("PRAGMA wal_checkpoint(PASSIVE)");
  Kill(std::move(store));
  ASSERT_EQ(Seen().wal.salt1, FindWal(DatabasePath(data()), 0)->salt1);
  PutWalBack();
  EXPECT_THAT(Open()->restored_reason(), HasSubstr(kOfAnOlderWal));
}

TEST_F(LineageTest, AnEarlierWalBesideADatabaseOfAKilledServerIsNoticed) {
  auto store = Open();
  KeepWal(*store);
  const uint32_t salt = FindWal(DatabasePath(data()), 0)->salt1;
  Foreign("PRAGMA wal_checkpoint(RESTART)");
  AppendAndAwaitWitness(*store);
  EXPECT_EQ(Seen().wal.salt1, salt + 1) << "each is the successor of the one before";
  Foreign("PRAGMA wal_checkpoint(PASSIVE)");
  Kill(std::move(store));
  PutWalBack();
  EXPECT_THAT(Open()->restored_reason(), HasSubstr(kOfAnOlderWal));
}

TEST_F(LineageTest, AWalOfAnEarlierRunBesideADatabaseOfAKilledServerIsNoticed) {
  auto store = Open();
  KeepWal(*store);
  store.reset();
  store = Open();
  AppendAndAwaitWitness(*store);
  Foreign("PRAGMA wal_checkpoint(PASSIVE)");
  Kill(std::move(store));
  PutWalBack();
  EXPECT_THAT(Open()->restored_reason(), HasSubstr(kOfAnOlderWal));
}

TEST_F(LineageTest, WhatAKilledServerLeavesIsItsOwnWhereverItsWalHasGoneSinceTheFileWasWritten) {
  auto store = Open({.checkpoint_pages = 64, .restart_pages = 64});
  const auto killed_well = [&](const char* when) {
    Kill(std::move(store));
    store = Open({.checkpoint_pages = 64, .restart_pages = 64});
    EXPECT_EQ(store->restored_reason(), "") << when;
    // The file knows the WAL from here on.
    AppendAndAwaitWitness(*store);
    ASSERT_EQ(Seen().wal.kind, WalMark::Kind::kKnown);
    ASSERT_GT(Seen().wal.frames, 0u);
  };
  killed_well("after the start");
  Write(*store, "more of the same WAL");
  killed_well("with more frames than the file counts");
  for (int i = 0; i < 200; ++i) Write(*store, std::string(4000, static_cast<char>('a' + i % 26)));
  killed_well("after it has begun anew");
  ASSERT_TRUE(store->Scrub().ok());
  killed_well("emptied by Scrub");
  ASSERT_TRUE(store->Scrub().ok());
  Write(*store, "after a scrub");
  killed_well("emptied by Scrub, and begun anew");
  Foreign("PRAGMA wal_checkpoint(TRUNCATE)");
  killed_well("emptied by another process");
  Foreign("PRAGMA wal_checkpoint(TRUNCATE)");
  Write(*store, "after another process has emptied it");
  killed_well("emptied by another process, and begun anew");
  Foreign("PRAGMA wal_checkpoint(RESTART); VACUUM");
  Write(*store, "after a VACUUM");
  killed_well("begun anew by another process");
}

TEST_F(LineageTest, AKilledStoreThatAnotherProcessReadBeforeTheStartIsNoRestoredOne) {
  auto store = Open();
  AppendAndAwaitWitness(*store);
  Kill(std::move(store));
  Foreign("SELECT count(*) FROM log");
  EXPECT_FALSE(fs::exists(wal())) << "as the last connection it has copied the WAL";
  store = Open();
  EXPECT_EQ(store->restored_reason(), "");
  store.reset();
  // A store that was closed, too.
  Foreign("SELECT count(*) FROM log");
  EXPECT_EQ(Open()->restored_reason(), "");
}

TEST_F(LineageTest, AWalThatAnotherProcessKeepsFromBeingDeletedIsItsOwn) {
  auto store = Open();
  AppendAndAwaitWitness(*store);
  {
    auto reader = Database::OpenWith(DatabasePath(data()), "?mode=rw", 64);
    ASSERT_TRUE(reader.ok());
    ASSERT_TRUE(reader->QueryInteger("SELECT count(*) FROM log").ok());
    store.reset();
    ASSERT_TRUE(fs::exists(wal()));
    EXPECT_EQ(Seen().wal.kind, WalMark::Kind::kKnown);
    store = Open();
    EXPECT_EQ(store->restored_reason(), "");
    // It reads on: the WAL cannot begin anew.
    ASSERT_TRUE(reader->Execute("BEGIN").ok());
    ASSERT_TRUE(reader->QueryInteger("SELECT count(*) FROM log").ok());
    store.reset();
    store = Open();
    EXPECT_EQ(store->restored_reason(), "");
    AppendAndAwaitWitness(*store);
    EXPECT_EQ(Seen().wal.kind, WalMark::Kind::kUnknown);
    store.reset();
  }
  EXPECT_EQ(Open()->restored_reason(), "");
}

TEST_F(LineageTest, AStartThatIsCutOffKnowsNoWalAndJudgesNone) {
  Open().reset();
  ASSERT_EQ(Seen().wal.kind, WalMark::Kind::kNone);
  {
    auto room = Room::Open(data(), std::nullopt);
    auto file = WitnessFile::Open(data());
    ASSERT_TRUE(LineageKeeper::JudgeWal(data(), *file, **room).ok());
  }
  EXPECT_EQ(Seen().wal.kind, WalMark::Kind::kUnknown);
  // What the start wrote before it was killed.
  const std::string database = DatabasePath(data());
  {
    auto writing = Database::Open(database, true, 64);
    ASSERT_TRUE(writing->Execute("UPDATE meta SET value=value+1 WHERE name='generation'").ok());
    fs::copy_file(wal(), copy());
  }
  fs::copy_file(copy(), wal());
  EXPECT_EQ(Open()->restored_reason(), "");
}

TEST_F(LineageTest, AWalWithoutAFrameOfItsOwnIsNone) {
  auto store = Open({.checkpoint_pages = 1000, .restart_pages = 1000});
  for (int i = 0; i < 3; ++i) Append(*store);
  fs::copy_file(wal(), copy());
  store.reset();
  const auto found = [&](uint64_t frames) {
    fs::copy_file(copy(), wal(), fs::copy_options::overwrite_existing);
    return FindWal(DatabasePath(data()), frames);
  };
  ASSERT_TRUE(found(0));
  EXPECT_TRUE(found(3)->reaches);
  EXPECT_FALSE(found(3000)->reaches);
  const auto whole = fs::file_size(copy());
  fs::resize_file(copy(), whole - 4096 - 1);
  EXPECT_FALSE(found((whole - kWalHeaderBytes) / 4120)->reaches) << "its last frame is gone";
  // The header of a WAL that began anew, and nothing after it yet.
  fs::resize_file(copy(), kWalHeaderBytes);
  EXPECT_FALSE(found(0));
  fs::resize_file(copy(), whole);
  EXPECT_FALSE(found(0));
  fs::resize_file(copy(), 0);
  EXPECT_FALSE(found(0));
  fs::remove(wal());
  EXPECT_FALSE(FindWal(DatabasePath(data()), 0));
}

TEST_F(LineageTest, AWalWhoseHeaderIsDamagedIsNoneAsItIsForSqlite) {
  auto store = Open();
  Append(*store);
  fs::copy_file(wal(), copy());
  store.reset();
  fs::copy_file(copy(), wal());
  ASSERT_TRUE(FindWal(DatabasePath(data()), 0));
  Damage(wal(), 17);
  EXPECT_FALSE(FindWal(DatabasePath(data()), 0));
  EXPECT_EQ(Open()->restored_reason(), "");
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
    // Twice, so that either slot is the newer one once.
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

// ---- Backups

TEST_F(LineageTest, ACopyIsOneStateCarriesItsMarkAndLeavesTheStoreToItsServer) {
  auto store = Open();
  ASSERT_TRUE(store->Update([](Tx& tx) { return tx.Put("k", "v", {}); }).ok());
  Append(*store);
  auto file = StoreFile::OpenIn(data());
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->Get("k").value(), "v");
  ASSERT_TRUE(store->Update([](Tx& tx) { return tx.Put("k", "later", {}); }).ok());
  ASSERT_TRUE(file->CopyTo(copy(), "it is a backup").ok());
  EXPECT_FALSE(fs::exists(copy() + "-wal"));
  EXPECT_FALSE(fs::exists(copy() + "-journal"));
  struct stat status {};
  ASSERT_EQ(stat(copy().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  auto backup = StoreFile::Open(copy());
  ASSERT_TRUE(backup.ok());
  EXPECT_EQ(backup->Get("k").value(), "v");
  EXPECT_EQ(backup->Get(kRestoredRecord).value(), "it is a backup");
  EXPECT_EQ(backup->store_id(), store->lineage().store);
  EXPECT_EQ(store->Get(kRestoredRecord).value(), std::nullopt);
  EXPECT_EQ(store->Get("k").value(), "later");
  // It overwrites nothing.
  EXPECT_FALSE(file->CopyTo(copy(), "again").ok());
  EXPECT_FALSE(MoveToNewName(copy(), DatabasePath(data())).ok());
}

TEST_F(LineageTest, AReplacedDatabaseKeepsItsBytesWithItsWal) {
  auto store = Open();
  ASSERT_TRUE(store->Update([](Tx& tx) { return tx.Put("k", "old", {}); }).ok());
  ASSERT_TRUE(StoreFile::OpenIn(data())->CopyTo(copy(), "it is a backup").ok());
  ASSERT_TRUE(store->Update([](Tx& tx) { return tx.Put("k", "new", {}); }).ok());
  // As a killed server leaves it: the commit is in the WAL.
  const std::string database = DatabasePath(data());
  fs::copy_file(database, directory_.path() + "/db");
  fs::copy_file(database + "-wal", directory_.path() + "/wal");
  store.reset();
  fs::rename(directory_.path() + "/db", database);
  fs::rename(directory_.path() + "/wal", database + "-wal");

  fs::rename(copy(), ReplacementPath(data()));
  ASSERT_TRUE(ReplaceDatabase(data(), ReplacementPath(data()), ".kept").ok());
  EXPECT_FALSE(fs::exists(database + "-wal"));
  EXPECT_EQ(StoreFile::OpenIn(data())->Get("k").value(), "old");
  auto kept = StoreFile::Open(database + ".kept");
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->Get("k").value(), "new");
}

TEST_F(LineageTest, ARestoreThatIsCutOffIsNoFreshStore) {
  Open().reset();
  ASSERT_TRUE(StoreFile::OpenIn(data())->CopyTo(ReplacementPath(data()), "it is a backup").ok());
  fs::remove(DatabasePath(data()));
  EXPECT_THAT(Refusal(), HasSubstr("no fresh store"));
  fs::remove(witness());
  EXPECT_THAT(Refusal(), HasSubstr("run sallyport restore again"));
}

// As `sallyport restore` looks at it.
std::string WordsAgainst(const std::string& path, bool any_copy = false) {
  auto file = StoreFile::Open(path);
  if (!file) return file.error().message;
  const auto whole = file->CheckWhole(any_copy);
  return whole.ok() ? "whole" : whole.error().message;
}

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void PutBytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void Sqlite(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
}

TEST_F(LineageTest, EveryChangedByteOfABackupIsNoticed) {
  auto store = Open();
  Append(*store);
  ASSERT_TRUE(StoreFile::OpenIn(data())->BackUpTo(copy(), "it is a backup").ok());
  EXPECT_EQ(WordsAgainst(copy()), "whole");
  const std::string bytes = BytesOf(copy());
  for (size_t at = 0; at < bytes.size(); at += at + 200 < bytes.size() ? 61 : 1) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    PutBytes(copy(), changed);
    ASSERT_THAT(WordsAgainst(copy()), HasSubstr("the backup is damaged")) << at;
  }
  for (const size_t less : {size_t{1}, size_t{47}, size_t{48}, size_t{49}, size_t{4096}}) {
    PutBytes(copy(), bytes.substr(0, bytes.size() - less));
    EXPECT_NE(WordsAgainst(copy()), "whole") << less;
  }
  for (const size_t more : {size_t{1}, size_t{48}, size_t{4096}, size_t{5000}}) {
    PutBytes(copy(), bytes + std::string(more, 'x'));
    EXPECT_THAT(WordsAgainst(copy()), HasSubstr("something was appended")) << more;
  }
  PutBytes(copy(), bytes);
  EXPECT_EQ(WordsAgainst(copy()), "whole");
  // Whoever writes to it with a WAL beside it.
  PutBytes(copy() + "-wal", "");
  EXPECT_THAT(WordsAgainst(copy()), HasSubstr("-wal beside it"));
}

TEST_F(LineageTest, ABackupIsReadAndCopiedBySqliteToo) {
  Append(*Open());
  ASSERT_TRUE(StoreFile::OpenIn(data())->BackUpTo(copy(), "it is a backup").ok());
  const std::string other = directory_.path() + "/other";
  const std::string before = BytesOf(copy());
  Sqlite(copy(),
         "SELECT count(*) FROM records; PRAGMA integrity_check; VACUUM INTO '" + other + "'");
  EXPECT_EQ(BytesOf(copy()), before);
  // A copy that has lost the checksum: it is not known whether it was cut off.
  EXPECT_THAT(WordsAgainst(other), HasSubstr("--unmarked"));
  EXPECT_EQ(WordsAgainst(other, true), "whole");
  EXPECT_EQ(StoreFile::Open(other)->Get(kRestoredRecord).value(), "it is a backup");
}

// Those of versions that wrote no checksum, and plain copies.
TEST_F(LineageTest, ACopyWithoutAChecksumIsLookedAtByItsPages) {
  Append(*Open());
  ASSERT_TRUE(StoreFile::OpenIn(data())->CopyTo(copy(), "it is a backup").ok());
  const std::string bytes = BytesOf(copy());
  EXPECT_EQ(WordsAgainst(copy()), "whole");
  PutBytes(copy(), bytes.substr(0, bytes.size() - 1));
  EXPECT_THAT(WordsAgainst(copy()), HasSubstr("it was cut off"));
  PutBytes(copy(), bytes + std::string(5000, 'x'));
  EXPECT_THAT(WordsAgainst(copy()), HasSubstr("something was appended"));
  PutBytes(copy(), bytes);
  // quick_check would not see it.
  Sqlite(copy(),
         "PRAGMA writable_schema=1; "
         "UPDATE sqlite_schema SET sql='CREATE INDEX log_by_keep_until ON log(sequence)' "
         "WHERE name='log_by_keep_until'");
  EXPECT_THAT(WordsAgainst(copy()), HasSubstr("damaged"));
}

TEST_F(LineageTest, ARestoredBackupSaysNothingOfAChecksum) {
  auto store = Open();
  Append(*store);
  ASSERT_TRUE(StoreFile::OpenIn(data())->BackUpTo(copy(), "it is a backup").ok());
  store.reset();
  auto backup = StoreFile::Open(copy());
  EXPECT_NE(backup->Get(kChecksumRecord).value(), std::nullopt);
  ASSERT_TRUE(backup->CopyTo(ReplacementPath(data()), "it is a backup").ok());
  EXPECT_EQ(StoreFile::Open(ReplacementPath(data()))->Get(kChecksumRecord).value(), std::nullopt);
  // Put in place by hand it loses the record with the mark, and the checksum before anything is
  // written.
  fs::copy_file(copy(), DatabasePath(data()), fs::copy_options::overwrite_existing);
  store = Open();
  EXPECT_TRUE(store->is_restored());
  ASSERT_TRUE(store->BeginHistory().ok());
  EXPECT_EQ(store->Get(kChecksumRecord).value(), std::nullopt);
  store.reset();
  EXPECT_EQ(WordsAgainst(DatabasePath(data())), "whole");
}

TEST_F(LineageTest, WhatIsNoStoreIsNoBackup) {
  std::ofstream(copy()) << std::string(8192, 'x');
  EXPECT_FALSE(StoreFile::Open(copy()).ok());
  std::ofstream(copy(), std::ios::trunc) << "";
  EXPECT_FALSE(StoreFile::Open(copy()).ok());
  EXPECT_FALSE(StoreFile::Open(directory_.path()).ok());
  EXPECT_FALSE(StoreFile::OpenIn(directory_.path()).ok());
}

}  // namespace
}  // namespace sallyport::store
