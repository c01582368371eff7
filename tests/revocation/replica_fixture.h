// What the tests of a Replica have in common: a directory, a clock, a writer and readers.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "revocation/replica_reader.h"
#include "revocation/replica_writer.h"

namespace sallyport::revocation {

inline constexpr int64_t kSecond = 1'000'000'000;

class ReplicaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/sallyport-replica-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    ASSERT_EQ(chmod(name, 0755), 0);
    directory_ = name;
    path_ = directory_ + "/replica";
    log_.fill(7);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  ReplicaWriter::Options Options() {
    ReplicaWriter::Options options;
    options.path = path_;
    options.clock = &clock_;
    options.least_table_capacity = 64;
    options.least_key_capacity = 4;
    options.parse_key = [](std::string_view jwk) -> std::optional<KeyMaterial> {
      if (jwk == "broken") return std::nullopt;
      return KeyMaterial{"n of " + std::string(jwk), "e"};
    };
    return options;
  }
  std::unique_ptr<ReplicaWriter> Writer() {
    auto writer = ReplicaWriter::Open(Options());
    EXPECT_TRUE(writer.ok()) << writer.error().cause;
    return std::move(writer).value();
  }
  std::unique_ptr<ReplicaReader> Reader() {
    auto reader = ReplicaReader::Open(path_, geteuid());
    EXPECT_TRUE(reader.ok()) << reader.error().cause;
    return reader.ok() ? std::move(reader).value() : nullptr;
  }
  std::string Refusal() {
    const auto reader = ReplicaReader::Open(path_, geteuid());
    return reader.ok() ? "none" : reader.error().cause;
  }

  // A writer with a Replica of `count` families, "0" onwards.
  std::unique_ptr<ReplicaWriter> WriterWith(uint64_t count) {
    auto writer = Writer();
    EXPECT_TRUE(writer->BeginSnapshot(log_, count).ok());
    EXPECT_TRUE(writer->AddToSnapshot(Families(0, count)).ok());
    EXPECT_TRUE(writer->EndSnapshot(At(count)).ok());
    return writer;
  }
  std::vector<Revocation> Families(uint64_t from, uint64_t to) {
    std::vector<Revocation> families;
    for (; from < to; ++from) {
      families.push_back({Kind::kFamily, std::to_string(from), "", keep_until_});
    }
    return families;
  }
  static LogPosition At(uint64_t sequence) {
    LogPosition position{sequence, {}};
    position.hash.fill(static_cast<uint8_t>(sequence));
    return position;
  }
  LeaseGrant GrantFor(uint64_t epoch, int64_t nanos) {
    return {epoch, clock_.BootNanos() + nanos, 2 * kSecond,
            clock_.WallMillis() - clock_.BootNanos() / 1'000'000};
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  static bool Holds(const ReplicaReader& reader, uint64_t family) {
    return reader.Contains(reader.Hash(Kind::kFamily, std::to_string(family)));
  }
  void Overwrite(off_t offset, const std::string& bytes) {
    const int fd = open(path_.c_str(), O_RDWR);
    ASSERT_EQ(pwrite(fd, bytes.data(), bytes.size(), offset), static_cast<ssize_t>(bytes.size()));
    close(fd);
  }

  base::ManualClock clock_;
  std::string directory_;
  std::string path_;
  LogId log_{};
  int64_t keep_until_ = 1'700'100'000;
};

}  // namespace sallyport::revocation
