// Replica: the gate's side of the Replica file: which file is mapped, when it is opened anew, and
// the public keys that were read from it.
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

// A public key that some mapped file held under (issuer, kid). Outlives the file: what it verified
// stays verified for as long as the file at hand holds the very same key.
struct IssuerKey {
  std::string issuer, kid;
  jose::PublicKey key;
  // Where the file of `generation` has it; kNoKey: it has not, or other bytes under that name.
  uint32_t slot;
  uint64_t generation;
};

// Not thread-safe.
class Replica {
 public:
  // How soon the path is tried again after it was of no use, so that a missing file costs requests
  // nothing; and after a file that was superseded already.
  static constexpr int64_t kRetryNanos = 50'000'000;
  static constexpr int64_t kRetrySupersededNanos = 1'000'000;

  // `clock` outlives it.
  Replica(std::string path, uint32_t owner, const base::Clock& clock);

  // nullptr: none was ever usable.
  const revocation::ReplicaReader* reader() const { return reader_.get(); }
  // Changes with the file that is mapped: slots and hashes hold for one generation.
  uint64_t generation() const { return generation_; }
  // Why the last attempt to open failed; empty if it did not.
  const std::string& problem() const { return problem_; }

  // Maps what the path now names, unless that is the file at hand. True: another file is mapped,
  // the generation is new. `superseded`: the file at hand says that it is not what the path names.
  bool Refresh(bool superseded);

  // The live key of that exact name; nullptr if there is none, or none that RS256 may use.
  IssuerKey* FindKey(std::string_view issuer, std::string_view kid);

  // Whether the file at hand holds `key`, byte for byte, live. Step 2 of a decision.
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
  std::vector<std::unique_ptr<IssuerKey>> keys_;  // never shrinks: cached tokens point into it
  std::vector<IssuerKey*> by_slot_;               // of this generation
};

}  // namespace sallyport::authorizer
