// ReplicaWriter: the Agent's hand on the Replica. What goes into which file, when a larger file
// takes over, and that a lease is only where every entry is.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "revocation/frame.h"
#include "revocation/replica_image.h"

namespace sallyport::revocation {

struct ReplicaStatus {
  LogId log{};
  LogPosition position;
  uint64_t entries = 0;
  uint64_t table_capacity = 0;
  uint64_t keys = 0;           // slots in use, withdrawn ones too
  uint64_t file_bytes = 0;     // of every file that is mapped now
  uint64_t memory_bytes = 0;   // of the Agent, beside the files
  uint64_t rebuilds = 0;       // since Open
  uint64_t unusable_keys = 0;  // published, but no slot can hold them; their tokens are denied
  bool rebuilding = false;
  bool snapshot_under_way = false;
  uint64_t epoch = 0;
  int64_t expiry = 0;  // CLOCK_BOOTTIME nanoseconds; 0: no lease
};

// Not thread-safe. Errors have the code "replica_unusable" and a cause in words.
class ReplicaWriter {
 public:
  struct Options {
    std::string path;
    // The numbers of a published key from its JWK; nullopt: not a key that a gate could use.
    std::function<std::optional<KeyMaterial>(std::string_view jwk)> parse_key;
    const base::Clock* clock = &base::SystemClock::Get();
    uint64_t least_table_capacity = uint64_t{1} << 16;
    uint64_t least_key_capacity = 256;
  };

  // Makes the directory (0755) if there is none; refuses one that others may write. Takes the lock,
  // then the lease out of the file that is there, and resumes from that file if it can be trusted.
  // Fails where another writer holds the lock.
  static base::Result<std::unique_ptr<ReplicaWriter>> Open(Options options);
  // Ends the lease.
  ~ReplicaWriter();
  ReplicaWriter(const ReplicaWriter&) = delete;
  ReplicaWriter& operator=(const ReplicaWriter&) = delete;

  // What to resume from: zero if there is no Replica; the mark also if no server gave one.
  LogId log() const;
  LogPosition position() const;
  PositionMark mark() const;

  // ---- A snapshot goes into a new file, and until it is complete there is no lease. An error
  // leaves the old file as it was, without a lease; the snapshot is then given up.
  base::Status BeginSnapshot(const LogId& log, uint64_t estimated_entries);
  base::Status AddToSnapshot(std::span<const Revocation> revocations);
  base::Status EndSnapshot(const LogPosition& position, const PositionMark& mark = {});
  void AbandonSnapshot();

  // ---- The tail: to every file that holds a lease or will. Precondition: there is a Replica, no
  // snapshot is under way. On success all is stored; the caller owes a full fence before it
  // acknowledges. An error means that it is stored nowhere for certain, and nothing may be
  // acknowledged.
  base::Status Apply(std::span<const Revocation> revocations, const LogPosition& position,
                     const PositionMark& mark = {});

  // ---- The lease. False: there is no file that may hold one now.
  bool SetLease(const LeaseGrant& grant);
  void EndLease();

  // One slice, a few milliseconds, of whatever rebuilding is due. True: call again soon; false:
  // nothing to do, call again within a second or so. After an error the old file serves on, and the
  // rebuild is tried again a second later.
  base::Result<bool> Work();

  ReplicaStatus status() const;

 private:
  struct Rebuild {
    ReplicaImage image;
    bool allocated = false;
    uint64_t cursor = 0;  // words of the current table that are copied
  };
  // What a batch needs.
  struct Demand {
    uint64_t entries = 0;
    uint64_t keys = 0;
  };

  ReplicaWriter(Options options, HostIdentity host, int lock);

  static Demand DemandOf(std::span<const Revocation> revocations);
  void Store(ReplicaImage& image, std::span<const Revocation> revocations);
  void StoreKey(ReplicaImage& image, const Revocation& revocation);
  ReplicaShape ShapeFor(const ReplicaImage& image, const Demand& demand) const;
  base::Status MakeRoom(const Demand& demand);
  base::Status GrowSnapshot(const Demand& demand);
  bool RebuildIsDue() const;
  base::Status StartRebuild(const Demand& demand);
  base::Result<bool> ContinueRebuild();
  base::Status FinishRebuild();
  base::Status TakeName();
  ReplicaImage::KeepMinute NowMinute() const;
  std::string NewPath() const { return options_.path + ".new"; }

  const Options options_;
  const HostIdentity host_;
  const int lock_;
  std::optional<ReplicaImage> current_;
  std::optional<ReplicaImage> snapshot_;
  std::optional<Rebuild> rebuild_;
  int64_t retry_rebuild_at_ = 0;  // BootNanos
  uint64_t rebuilds_ = 0;
  uint64_t unusable_keys_ = 0;
};

}  // namespace sallyport::revocation
