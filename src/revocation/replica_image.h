// ReplicaImage: one Replica file as its writer sees it. What goes into which file, and when a file
// takes another's place, is replica_writer.h's.
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
  // Unix seconds: what was to be kept until a time before this may be dropped.
  int64_t forget_before = kForgetNothing;
};

// Not thread-safe; readers in other processes see each change as one atomic word.
class ReplicaImage {
 public:
  // When an entry may be forgotten, Unix minutes.
  using KeepMinute = uint32_t;
  static constexpr KeepMinute kKeepForever = UINT32_MAX;
  static KeepMinute KeepMinuteOf(int64_t keep_until_seconds);

  // A new file without entries, keys or lease. Nothing but header, keys and index is there until
  // AllocateTable has said so.
  static base::Result<ReplicaImage> Create(const std::string& path, const ReplicaShape& shape,
                                           const LogId& log, const SipKey& hash_key,
                                           const HostIdentity& host);
  // The file of an earlier writer, whose lease is taken out first, also where the rest of it is
  // then refused. Its entries are kept as long as any of them has to be.
  static base::Result<ReplicaImage> Resume(const std::string& path, const HostIdentity& host);

  // Makes about `bytes` more of the table be there, at least 4 MiB. True: all of it is.
  base::Result<bool> AllocateTable(uint64_t bytes);

  // ---- Entries. Precondition: entries() < shape().table_capacity, the table is allocated.
  uint64_t Hash(Kind kind, std::string_view subject) const {
    return EntryHash(header()->hash_key, kind, subject);
  }
  void Prefetch(uint64_t hash) const;
  void Insert(uint64_t hash, KeepMinute keep);
  // Copies the words [from, from + count) of `other`, which has the same hash key, except those
  // that are to be kept until a minute before `forget`. `from` is a multiple of
  // kTableSlice. False: what is there is not what was written there.
  [[nodiscard]] bool CopyTable(const ReplicaImage& other, uint64_t from, uint64_t count,
                               KeepMinute forget);
  static constexpr uint64_t kTableSlice = PageSums::kPageBytes / sizeof(uint64_t);

  // ---- Keys. Precondition of the first two: key_count() < shape().key_capacity.
  // False: name or key are too long for a slot.
  bool PublishKey(std::string_view issuer, std::string_view kid, const KeyMaterial& key);
  void WithdrawKey(std::string_view issuer, std::string_view kid);
  void WithdrawKeysOf(std::string_view issuer);
  // False: what is there is not what was written there.
  [[nodiscard]] bool CopyKeys(const ReplicaImage& other);
  // Of each issuer that ever had a key, how many are live.
  std::map<std::string, uint64_t> LiveKeys() const;

  // ---- Position and lease
  LogPosition position() const;
  PositionMark mark() const;  // of position()
  void SetPosition(const LogPosition& position, const PositionMark& mark);
  void SetLease(const LeaseGrant& grant);
  void EndLease();
  // Continues the lease of `other`, which holds the same entries, except what may be dropped by
  // `forget_before` (Unix seconds).
  void CopyLease(const ReplicaImage& other, int64_t forget_before, int64_t boot_millis);
  // Gives a created file the name `path`, in place of whatever has it.
  base::Status TakeName(const std::string& path) { return file_.TakeName(path); }
  bool IsAt(const std::string& path) const { return file_.IsAt(path); }
  // Another file has the name: readers go there.
  void Supersede();
  // The same of a file that another process has written to, whatever has become of it: gives the
  // file, to which that can be done again.
  MappedFile GiveUp() &&;
  static void Supersede(const MappedFile& file);
  // The same of whatever file of this process's user has the name `path`, if it is a Replica at
  // all.
  static void SupersedeAt(const std::string& path);
  // Whether the header is what was written here last: another process that writes the file over,
  // with an older copy say, changes it.
  bool HeaderIsAsWritten() const;
  // The same of the next `bytes` of all that is behind the header, from where the call before
  // ended, and again from the start after the end.
  bool NextBytesAreAsWritten(uint64_t bytes);

  const ReplicaHeader* header() const {
    return reinterpret_cast<const ReplicaHeader*>(file_.data());
  }
  // Nanoseconds; no lease in this file, or in a copy of it, lies further ahead.
  int64_t greatest_ttl() const { return written_->greatest_ttl.load(std::memory_order_relaxed); }
  ReplicaShape shape() const { return {header()->key_capacity, header()->table_capacity}; }
  uint64_t entries() const { return entries_; }
  // Entries that are to be kept until a minute before `forget`.
  uint64_t ExpiredEntries(KeepMinute forget) const;
  uint64_t key_count() const { return header()->key_count.load(std::memory_order_relaxed); }
  // Bytes of the file, and of this process's memory beside it.
  uint64_t file_bytes() const { return file_.size(); }
  uint64_t memory_bytes() const { return keep_memory_.size() + sums_.memory_bytes(); }

 private:
  static constexpr uint32_t kNoSlot = UINT32_MAX;

  ReplicaImage() = default;
  base::Status Attach(MappedFile file);
  bool IsSane() const;
  ReplicaHeader* mutable_header() { return reinterpret_cast<ReplicaHeader*>(file_.mutable_data()); }
  // Every change of the header: to the file, and to what is remembered of it.
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
  uint64_t allocated_ = 0;  // bytes of the file that are there
  uint64_t entries_ = 0;
  std::map<KeepMinute, uint64_t> entries_by_minute_;
  std::unique_ptr<ReplicaHeader> written_;  // the header as it was written here
  PageSums sums_;                           // of all behind it
  size_t next_page_ = 0;                    // to be compared
};

}  // namespace sallyport::revocation
