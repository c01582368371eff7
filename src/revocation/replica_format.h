// The Replica's bytes: docs/replica-format.md in C++. Include replica_reader.h to read a Replica
// and replica_writer.h to write one; only these two need this header.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "revocation/frame.h"
#include "revocation/revocation.h"
#include "revocation/siphash.h"

namespace sallyport::revocation {

inline constexpr std::array<char, 8> kReplicaMagic = {'S', 'A', 'L', 'L', 'Y', 'R', 'E', 'P'};
inline constexpr uint32_t kReplicaFormat = 1;

static_assert(std::atomic<uint64_t>::is_always_lock_free && sizeof(std::atomic<uint64_t>) == 8);
static_assert(std::atomic<uint32_t>::is_always_lock_free && sizeof(std::atomic<uint32_t>) == 4);

struct PositionSlot {
  uint64_t sequence;
  LogHash hash;
};

// At offset 0. The first two cache lines do not change any more once the file has its name.
struct ReplicaHeader {
  std::array<char, 8> magic;
  uint32_t format;
  uint32_t owner;                   // uid of the writer
  uint64_t file_size;               // bytes
  std::array<uint8_t, 16> boot_id;  // of the kernel to whose CLOCK_BOOTTIME `expiry` refers
  uint64_t time_namespace;  // inode of /proc/self/ns/time; 0: the kernel has no time namespaces
  LogId log_id;             // zero: the file belongs to no log yet
  SipKey hash_key;          // random
  uint64_t key_capacity;    // slots for public keys
  uint64_t table_capacity;  // words of the table
  std::array<uint8_t, 32> reserved;  // zero

  // The fields of the lease, on a cache line of their own. "A decision" in docs/replica-format.md
  // says in which order they are read and written.
  alignas(64) std::atomic<uint64_t> epoch;
  std::atomic<int64_t> expiry;        // CLOCK_BOOTTIME nanoseconds; 0: no lease
  std::atomic<uint64_t> superseded;   // 1: another file has this one's name
  std::atomic<int64_t> greatest_ttl;  // nanoseconds; an expiry is never further ahead than this
  // The server's wall clock minus CLOCK_BOOTTIME, in milliseconds, as of the newest grant; 0: there
  // was no grant yet.
  std::atomic<int64_t> wall_offset;
  std::atomic<uint64_t> key_count;  // slots in use, counted from the first
  // Not for readers. All entries that the writer has dropped had to be kept only until a time
  // before `forgotten` (Unix seconds), and the time according to `wall_offset` is not earlier; 0:
  // nothing was dropped.
  std::atomic<int64_t> forgotten;
  // Not for readers. The upper half says how many entries were stored, modulo 2^32; the lower half
  // is the latest minute until which any of them has to be kept. If the number of entries is
  // another, an earlier version has written the file, which did not note either.
  std::atomic<uint64_t> kept;

  // Where the Agent resumes; not for readers. There are two slots, so that a writer that is killed
  // leaves one of them intact.
  alignas(64) std::atomic<uint64_t> position_index;  // 0 or 1
  std::array<PositionSlot, 2> position;
  // The server's mark for each of the two; zero: none, as in a file that an earlier version wrote.
  std::array<PositionMark, 2> mark;
};
static_assert(offsetof(ReplicaHeader, file_size) == 16);
static_assert(offsetof(ReplicaHeader, boot_id) == 24);
static_assert(offsetof(ReplicaHeader, time_namespace) == 40);
static_assert(offsetof(ReplicaHeader, log_id) == 48);
static_assert(offsetof(ReplicaHeader, hash_key) == 64);
static_assert(offsetof(ReplicaHeader, key_capacity) == 80);
static_assert(offsetof(ReplicaHeader, table_capacity) == 88);
static_assert(offsetof(ReplicaHeader, epoch) == 128);
static_assert(offsetof(ReplicaHeader, expiry) == 136);
static_assert(offsetof(ReplicaHeader, superseded) == 144);
static_assert(offsetof(ReplicaHeader, greatest_ttl) == 152);
static_assert(offsetof(ReplicaHeader, wall_offset) == 160);
static_assert(offsetof(ReplicaHeader, key_count) == 168);
static_assert(offsetof(ReplicaHeader, forgotten) == 176);
static_assert(offsetof(ReplicaHeader, kept) == 184);
static_assert(offsetof(ReplicaHeader, position_index) == 192);
static_assert(offsetof(ReplicaHeader, position) == 200);
static_assert(offsetof(ReplicaHeader, mark) == 280);

enum class KeyState : uint32_t {
  kFree = 0,
  kLive = 1,
  kWithdrawn = 2,  // final: a later publication does not bring the key back
};

// One public key. Everything except `state` is written before the slot is counted, and not changed
// afterwards.
struct KeySlot {
  std::atomic<uint32_t> state;  // a KeyState
  uint16_t issuer_size, kid_size, n_size, e_size;
  uint32_t reserved;
  std::array<char, 352> issuer;
  std::array<char, 128> kid;
  std::array<uint8_t, 512> n;  // big-endian, at most 4096 bits
  std::array<uint8_t, 16> e;
};
static_assert(sizeof(KeySlot) == 1024);

inline constexpr uint64_t kReplicaHeaderBytes = 4096;
static_assert(sizeof(ReplicaHeader) <= kReplicaHeaderBytes);
inline constexpr uint64_t kGreatestKeyCapacity = uint64_t{1} << 20;
inline constexpr uint64_t kGreatestTableCapacity = uint64_t{1} << 33;
// A lookup that takes more steps than this answers "revoked". At a load of at most 0.6 that never
// happens.
inline constexpr uint64_t kGreatestProbe = 1 << 16;

// Where the parts of the file are: header, key index, keys, table.
struct ReplicaLayout {
  uint64_t index_offset;  // 2 * key_capacity words of 32 bits: slot + 1, or 0
  uint64_t keys_offset;
  uint64_t table_offset;
  uint64_t file_size;
};
// Precondition: each capacity is at least 1 and at most its greatest value.
constexpr ReplicaLayout LayoutOf(uint64_t key_capacity, uint64_t table_capacity) {
  const auto page = [](uint64_t bytes) { return (bytes + 4095) / 4096 * 4096; };
  ReplicaLayout layout{};
  layout.index_offset = kReplicaHeaderBytes;
  layout.keys_offset = layout.index_offset + page(2 * key_capacity * sizeof(uint32_t));
  layout.table_offset = layout.keys_offset + page(key_capacity * sizeof(KeySlot));
  layout.file_size = layout.table_offset + page(table_capacity * sizeof(uint64_t));
  return layout;
}

// Where the search for a hash begins. The method is fastrange (Lemire 2019), which does not need a
// power of two.
constexpr uint64_t HomeOf(uint64_t hash, uint64_t capacity) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>(Wide{hash} * capacity >> 64);
}

// The word that represents an entry in the table; never 0.
inline uint64_t EntryHash(const SipKey& key, Kind kind, std::string_view subject) {
  const uint64_t hash = SipHash(key, static_cast<uint8_t>(kind), subject);
  return hash == 0 ? 1 : hash;
}

// Where the search for a key's slot begins. Its domain byte differs from that of every Kind of
// entry.
inline uint64_t KeyNameHash(const SipKey& key, std::string_view issuer, std::string_view kid) {
  return SipHash(key, 0xf0, issuer) ^ SipHash(key, 0xf1, kid);
}
inline std::string_view KeyIssuer(const KeySlot& key) {
  return {key.issuer.data(), std::min<size_t>(key.issuer_size, key.issuer.size())};
}
inline std::string_view KeyKid(const KeySlot& key) {
  return {key.kid.data(), std::min<size_t>(key.kid_size, key.kid.size())};
}

// Identifies this kernel and this time namespace: CLOCK_BOOTTIME is comparable only where both are
// equal.
struct HostIdentity {
  std::array<uint8_t, 16> boot_id{};
  uint64_t time_namespace = 0;
};
base::Result<HostIdentity> ReadHostIdentity();

// The error for any problem with a Replica. `cause` says which file it is and what is wrong with
// it.
base::Error ReplicaError(std::string cause);
// The same for a failed system call, with the reason that errno gives.
base::Error ReplicaSystemError(const std::string& what);

// Checks every field on which a reader relies, and the file's actual size and owner. The bytes of
// the header may be anything.
base::Status CheckHeader(const ReplicaHeader& header, uint64_t file_size, uint32_t owner,
                         const HostIdentity& host);

}  // namespace sallyport::revocation
