// Which WAL belongs to the database, and what a start does about another one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "lineage_fixture.h"

namespace sallyport::store {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::string_view kOfAnOlderWal = "a sallyport.db-wal that belongs to another one";

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

// By then SQLite has made one of the two, and deleted the WAL.
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
  // The database itself has all that the log has.
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
    // From here on, the file knows the WAL.
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
  // Also for a store that was closed.
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
    // A reader stays active, so the WAL cannot begin from its start again.
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
  // What the start had written before it was killed.
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
  // The header of a WAL that has begun from its start again, with nothing after it yet.
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

}  // namespace
}  // namespace sallyport::store
