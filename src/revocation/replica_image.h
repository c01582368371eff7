// ReplicaImage: one Replica file as its writer sees it. replica_writer.h decides what is written to
// which file, and when one file replaces another.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "revocation/mapped_file.h"
#include "revocation/page_sums.h"
#include "revocation/replica_format.h"

namespace sallyport::revocation {

struct ReplicaShape {
  uint64_t key_capacity;
  uint64_t table_capacity;
};

// An RSA public key: big-endian magnitudes.
struct KeyMaterial {
  std::string n, e;
};

struct LeaseGrant {
  uint64_t epoch = 0;
  int64_t expiry = 0;       // CLOCK_BOOTTIME nanoseconds
  int64_t ttl = 0;          // nanoseconds
  int64_t wall_offset = 0;  // milliseconds: server's wall clock minus CLOCK_BOOTTIME
  // Unix seconds: entries that had to be kept until a time before this may be dropped.
  int64_t forget_before = kForgetNothing;
};

// Not thread-safe. Readers in other processes see each change as one atomic word.
class ReplicaImage {
 public:
  // When an entry may be forgotten, in Unix minutes.
  using KeepMinute = uint32_t;
  static constexpr KeepMinute kKeepForever = UINT32_MAX;
  static KeepMinute KeepMinuteOf(int64_t keep_until_seconds);

  // Creates a file without entries, keys or lease. Only header, keys and index are allocated; see
  // AllocateTable.
  static base::Result<ReplicaImage> Create(const std::string& path, const ReplicaShape& shape,
                                           const LogId& log, const SipKey& hash_key,
                                           const HostIdentity& host);
  // Opens the file that an earlier writer left. Its lease is ended first, even if the file is then
  // refused. The time until which each entry must be kept is not in the file, so all of them are
  // kept as long as any of them must be.
  static base::Result<ReplicaImage> Resume(const std::string& path, const HostIdentity& host);

  // Allocates about `bytes` more of the table, at least 4 MiB. True: the whole table is allocated.
  base::Result<bool> AllocateTable(uint64_t bytes);

  // ---- Entries. Precondition: entries() < shape().table_capacity, and the table is allocated.
  uint64_t Hash(Kind kind, std::string_view subject) const {
    return EntryHash(header()->hash_key, kind, subject);
  }
  void Prefetch(uint64_t hash) const;
  void Insert(uint64_t hash, KeepMinute keep);
  // Copies the words [from, from + count) of the table of `other`, which must have the same hash
  // key, except entries that have to be kept only until a minute before `forget`. `from` must be a
  // multiple of kTableSlice. False: `other` does not contain what was written to it.
  [[nodiscard]] bool CopyTable(const ReplicaImage& other, uint64_t from, uint64_t count,
                               KeepMinute forget);
  static constexpr uint64_t kTableSlice = PageSums::kPageBytes / sizeof(uint64_t);

  // ---- Keys. Precondition of the first two: key_count() < shape().key_capacity.
  // False: the name or the key is too long for a slot.
  bool PublishKey(std::string_view issuer, std::string_view kid, const KeyMaterial& key);
  void WithdrawKey(std::string_view issuer, std::string_view kid);
  void WithdrawKeysOf(std::string_view issuer);
  // False: `other` does not contain what was written to it.
  [[nodiscard]] bool CopyKeys(const ReplicaImage& other);
  // How many live keys each issuer has, of the issuers that ever had one.
  std::map<std::string, uint64_t> LiveKeys() const;

  // ---- Position and lease
  LogPosition position() const;
  PositionMark mark() const;  // of position()
  void SetPosition(const LogPosition& position, const PositionMark& mark);
  void SetLease(const LeaseGrant& grant);
  void EndLease();
  // Takes over the lease of `other`, which has the same entries, except those that may be dropped
  // according to `forget_before` (Unix seconds).
  void CopyLease(const ReplicaImage& other, int64_t forget_before, int64_t boot_millis);
  // Gives a created file its name `path`, replacing a file of that name.
  base::Status TakeName(const std::string& path) { return file_.TakeName(path); }
  bool IsAt(const std::string& path) const { return file_.IsAt(path); }
  // Marks the file as superseded: another file has its name, and readers should open that one.
  void Supersede();
  // The same for a file that another process has written to, whatever state it is in. Gives the
  // file, to which WriteAt can do it again.
  MappedFile GiveUp() &&;
  static void Supersede(const MappedFile& file);
  // The same for whatever file of this process's user is named `path`, if it is a Replica.
  static void SupersedeAt(const std::string& path);
  // Whether the header is as this object last wrote it. If another process overwrites the file, for
  // instance with an older copy, the header changes.
  bool HeaderIsAsWritten() const;
  // The same for the next `bytes` of what follows the header. Each call continues where the one
  // before ended, and begins again at the end.
  bool NextBytesAreAsWritten(uint64_t bytes);

  const ReplicaHeader* header() const {
    return reinterpret_cast<const ReplicaHeader*>(file_.data());
  }
  // Nanoseconds. No lease in this file, or in a copy of it, is longer.
  int64_t greatest_ttl() const { return written_->greatest_ttl.load(std::memory_order_relaxed); }
  ReplicaShape shape() const { return {header()->key_capacity, header()->table_capacity}; }
  uint64_t entries() const { return entries_; }
  // How many entries have to be kept only until a minute before `forget`.
  uint64_t ExpiredEntries(KeepMinute forget) const;
  uint64_t key_count() const { return header()->key_count.load(std::memory_order_relaxed); }
  // The size of the file, and of this process's memory for it.
  uint64_t file_bytes() const { return file_.size(); }
  uint64_t memory_bytes() const { return keep_memory_.size() + sums_.memory_bytes(); }

 private:
  static constexpr uint32_t kNoSlot = UINT32_MAX;

  ReplicaImage() = default;
  base::Status Attach(MappedFile file);
  bool IsSane() const;
  ReplicaHeader* mutable_header() { return reinterpret_cast<ReplicaHeader*>(file_.mutable_data()); }
  // Makes a change to the header, both in the file and in the copy of it that is kept for
  // comparison.
  template <typename Change>
  void Write(Change change) {
    change(*mutable_header());
    change(*written_);
  }
  uint32_t FindKey(std::string_view issuer, std::string_view kid) const;
  void AddKey(std::string_view issuer, std::string_view kid, const KeyMaterial& key,
              KeyState state);
  void SetKeyState(uint64_t slot, KeyState state);
  void KeepLonger(uint64_t place, KeepMinute keep);
  void NoteEntry(KeepMinute keep);
  void NoteKeep(KeepMinute keep);

  MappedFile file_;
  MappedFile keep_memory_;
  std::atomic<uint32_t>* index_ = nullptr;
  KeySlot* keys_ = nullptr;
  std::atomic<uint64_t>* table_ = nullptr;
  KeepMinute* keep_ = nullptr;  // parallel to table_
  uint64_t capacity_ = 0;
  uint64_t table_offset_ = 0;
  uint64_t allocated_ = 0;  // bytes of the file that are allocated
  uint64_t entries_ = 0;
  std::map<KeepMinute, uint64_t> entries_by_minute_;
  std::unique_ptr<ReplicaHeader> written_;  // the header as it was written here
  PageSums sums_;                           // of everything behind the header
  size_t next_page_ = 0;                    // the next page to compare
};

}  // namespace sallyport::revocation
