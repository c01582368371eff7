// ReplicaReader: how an authorizer reads a Replica. After Open it uses no lock, no system call and
// no allocation. The order of reads of a decision matters; it is specified in
// docs/replica-format.md, "A decision":
//
// clang-format off
//     const uint64_t epoch = reader.epoch();                       // 1
//     if (reader.Contains(h) || reader.key_state(k) != kLive) ...  // 2, for every key of the token
//     if (reader.CheckLease(epoch, clock) != Lease::kHolds) ...    // 3, last
// clang-format on
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "revocation/mapped_file.h"
#include "revocation/replica_format.h"

namespace sallyport::revocation {

enum class Lease {
  kLapsed = 0,    // there is none, it has expired, or it ends later than any lease can
  kSuperseded,    // another file has the name now: call Open again
  kEpochChanged,  // the lookup was made under a lease that has ended
  kHolds,
};

// Thread-safe, including against the Agent's process: everything that changes is atomic.
class ReplicaReader {
 public:
  static constexpr uint32_t kNoKey = UINT32_MAX;

  // Refuses a file or directory that does not belong to `owner` or that others may write, and a
  // file of another boot, time namespace, format or size; the error's cause says which. A Replica
  // without a lease can be opened.
  static base::Result<std::unique_ptr<ReplicaReader>> Open(const std::string& path, uint32_t owner);

  // As Open, for bytes that are not in a file; for tests and fuzzers. `bytes` must be aligned to 64
  // bytes and outlive the reader.
  static base::Result<std::unique_ptr<ReplicaReader>> OverBytes(std::span<const uint8_t> bytes,
                                                                uint32_t owner);

  // Whether `path` still names the mapped file. Costs one stat(2). False: call Open again.
  bool IsAt(const std::string& path) const { return file_.IsAt(path); }

  // ---- Step 1
  uint64_t epoch() const { return header_->epoch.load(std::memory_order_acquire); }

  // ---- Step 2
  // The hash by which the table would contain (kind, subject). It stays the same as long as
  // hash_key() does, so it may be cached with a token.
  uint64_t Hash(Kind kind, std::string_view subject) const {
    return EntryHash(hash_key_, kind, subject);
  }
  const SipKey& hash_key() const { return hash_key_; }

  // Asks the processor to load the place of `hash`. Called for several hashes before they are
  // looked up, so that the waits for memory overlap.
  void Prefetch(uint64_t hash) const { __builtin_prefetch(&table_[HomeOf(hash, capacity_)]); }

  // Whether the table contains `hash`. It may also say yes by chance for a hash that is not there,
  // which never happens in practice.
  bool Contains(uint64_t hash) const {
    uint64_t place = HomeOf(hash, capacity_);
    for (uint64_t probe = 0; probe < probe_limit_; ++probe) {
      // Acquire: step 3's reads may not move before this one.
      const uint64_t word = table_[place].load(std::memory_order_acquire);
      if (word == 0) return false;
      if (word == hash) return true;
      if (++place == capacity_) place = 0;
    }
    return true;
  }

  // The slot of the key, live or withdrawn; kNoKey if the Replica has no key of that name. A slot
  // has the same key as long as this reader exists; another reader may have other numbers.
  uint32_t FindKey(std::string_view issuer, std::string_view kid) const;
  // Precondition of the next three functions: `slot` comes from this reader's FindKey. The state
  // belongs to step 2, whenever the key itself was found.
  KeyState key_state(uint32_t slot) const {
    return static_cast<KeyState>(keys_[slot].state.load(std::memory_order_acquire));
  }
  // Big-endian. The bytes are not checked: jose::PublicKey does that. Empty if the key was
  // withdrawn before it was ever published.
  std::span<const uint8_t> key_n(uint32_t slot) const;
  std::span<const uint8_t> key_e(uint32_t slot) const;

  // ---- Step 3. Reads expiry, superseded, epoch and then the clock (decisions/0001).
  Lease CheckLease(uint64_t epoch_before_lookup, const base::Clock& clock) const;

  // CLOCK_BOOTTIME in nanoseconds; only for display. Decisions use CheckLease.
  int64_t expiry() const { return header_->expiry.load(std::memory_order_acquire); }

  // The server's wall clock now, in milliseconds since the Unix epoch. It is ahead of the server by
  // at most one round trip, and never behind. 0: there was no grant yet. It may be used only if
  // CheckLease gives kHolds afterwards.
  int64_t WallMillis(const base::Clock& clock) const {
    const int64_t offset = header_->wall_offset.load(std::memory_order_acquire);
    const auto boot_millis = static_cast<uint64_t>(clock.BootNanos() / 1'000'000);
    return offset == 0 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(offset) + boot_millis);
  }

  uint64_t table_capacity() const { return capacity_; }
  uint64_t file_size() const { return file_size_; }

 private:
  ReplicaReader(MappedFile file, const uint8_t* bytes);

  MappedFile file_;
  const ReplicaHeader* header_;
  SipKey hash_key_;
  const std::atomic<uint32_t>* index_;
  const KeySlot* keys_;
  const std::atomic<uint64_t>* table_;
  uint64_t key_capacity_;
  uint64_t capacity_;
  uint64_t probe_limit_;
  uint64_t file_size_;
};

}  // namespace sallyport::revocation
