// ScratchReplica: a Replica in a directory of its own, written as an Agent writes it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "jose/key.h"
#include "revocation/replica_writer.h"

namespace sallyport::authorizer {

class ScratchReplica {
 public:
  // `clock` must outlive it.
  explicit ScratchReplica(const base::Clock& clock);
  ~ScratchReplica();
  ScratchReplica(const ScratchReplica&) = delete;
  ScratchReplica& operator=(const ScratchReplica&) = delete;

  const std::string& path() const { return path_; }
  const std::string& directory() const { return directory_; }
  revocation::ReplicaWriter& writer() { return *writer_; }

  void Publish(std::string_view issuer, std::string_view kid, const jose::PublicKey& key);
  void Withdraw(std::string_view issuer, std::string_view kid);
  void Revoke(revocation::Kind kind, std::string_view subject);
  void Apply(const std::vector<revocation::Revocation>& revocations);
  // A lease of `ttl_millis` from now on, granted by a server whose wall clock is
  // `wall_ahead_millis` ahead of `clock`.
  void Lease(uint64_t epoch, int64_t ttl_millis = 2000, int64_t wall_ahead_millis = 0);
  // Puts a new file in the place of the old one: empty but for what `revocations` holds.
  void Replace(const std::vector<revocation::Revocation>& revocations);
  // Ends the Agent as a crash would, and begins another.
  void StopWriter() { writer_.reset(); }
  void StartWriter();

  static revocation::Revocation KeyEntry(std::string_view issuer, std::string_view kid,
                                         const jose::PublicKey& key);

 private:
  const base::Clock& clock_;
  std::string directory_;
  std::string path_;
  std::unique_ptr<revocation::ReplicaWriter> writer_;
  revocation::LogPosition position_;
  revocation::LogId log_{1};
};

}  // namespace sallyport::authorizer
