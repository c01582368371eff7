// Replica: a gate's view of the Replica file. It knows which file is mapped, opens it again when
// necessary, and keeps the public keys that were read from it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "jose/key.h"
#include "revocation/replica_reader.h"

namespace sallyport::authorizer {

// A public key that some mapped file had for (issuer, kid). It outlives the file: a signature that
// it has verified stays valid as long as the file that is mapped has exactly the same key.
struct IssuerKey {
  std::string issuer, kid;
  jose::PublicKey key;
  // Where the file of `generation` has the key; kNoKey: that file does not have it, or has another
  // key by that name.
  uint32_t slot;
  uint64_t generation;
};

// Not thread-safe.
class Replica {
 public:
  // How soon the path is tried again after it could not be used, so that a missing file does not
  // slow requests down. The same after opening a file that was superseded already.
  static constexpr int64_t kRetryNanos = 50'000'000;
  static constexpr int64_t kRetrySupersededNanos = 1'000'000;

  // `clock` must outlive it.
  Replica(std::string path, uint32_t owner, const base::Clock& clock);

  // nullptr: no file was ever usable.
  const revocation::ReplicaReader* reader() const { return reader_.get(); }
  // Changes when another file is mapped: slots and hashes are valid for one generation.
  uint64_t generation() const { return generation_; }
  // Why the last attempt to open failed; empty if it succeeded.
  const std::string& problem() const { return problem_; }

  // Maps the file that the path names now, unless it is mapped already. True: another file is
  // mapped, and there is a new generation. `superseded`: the mapped file says that it does not have
  // its name any more.
  bool Refresh(bool superseded);

  // The live key of exactly that name; nullptr if there is none, or RS256 cannot use it.
  IssuerKey* FindKey(std::string_view issuer, std::string_view kid);

  // Whether the mapped file has exactly this `key`, and it is live. Part of step 2 of a decision.
  bool IsLive(IssuerKey& key) const;

 private:
  bool Open();
  uint32_t SlotOf(const IssuerKey& key) const;
  IssuerKey* AddKey(std::string_view issuer, std::string_view kid, uint32_t slot);

  const std::string path_;
  const uint32_t owner_;
  const base::Clock& clock_;
  std::unique_ptr<revocation::ReplicaReader> reader_;
  uint64_t generation_ = 0;
  // CLOCK_BOOTTIME nanoseconds.
  int64_t look_again_at_ = INT64_MIN;
  int64_t open_again_at_ = INT64_MIN;
  std::string problem_;
  // Never shrinks, because cached tokens point into it.
  std::vector<std::unique_ptr<IssuerKey>> keys_;
  std::vector<IssuerKey*> by_slot_;  // of this generation
};

}  // namespace sallyport::authorizer
