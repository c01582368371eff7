// A directory of its own for a Replica.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "revocation/replica_reader.h"

namespace sallyport::agent {

class TemporaryReplica {
 public:
  TemporaryReplica() {
    char name[] = "/tmp/sallyport-agent-XXXXXX";
    EXPECT_NE(mkdtemp(name), nullptr);
    EXPECT_EQ(chmod(name, 0755), 0);
    directory_ = name;
  }
  ~TemporaryReplica() { std::filesystem::remove_all(directory_); }
  TemporaryReplica(const TemporaryReplica&) = delete;
  TemporaryReplica& operator=(const TemporaryReplica&) = delete;

  std::string path() const { return directory_ + "/replica"; }
  std::string File(const std::string& name, const std::string& text, mode_t mode) const {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  std::unique_ptr<revocation::ReplicaReader> Reader() const {
    auto reader = revocation::ReplicaReader::Open(path(), geteuid());
    EXPECT_TRUE(reader.ok()) << reader.error().cause;
    return reader.ok() ? std::move(reader).value() : nullptr;
  }

 private:
  std::string directory_;
};

inline bool HoldsFamily(const revocation::ReplicaReader& reader, const std::string& subject) {
  return reader.Contains(reader.Hash(revocation::Kind::kFamily, subject));
}

inline revocation::LogPosition PositionAt(uint64_t sequence) {
  revocation::LogPosition position{sequence, {}};
  position.hash.fill(static_cast<uint8_t>(sequence));
  return position;
}

inline revocation::Revocation Family(const std::string& subject) {
  return {revocation::Kind::kFamily, subject, "", 2'000'000'000};
}

inline revocation::LogId LogOf(uint8_t fill) {
  revocation::LogId log{};
  log.fill(fill);
  return log;
}

}  // namespace sallyport::agent
