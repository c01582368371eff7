// ReplicaWriter: the Agent's hand on the Replica. What goes into which file, when a larger file
// takes over, and that a lease is only where every entry is.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  uint64_t keys = 0;  // slots in use, withdrawn ones too
  // Of each issuer that ever had a key, how many are live.
  std::map<std::string, uint64_t> live_keys;
  uint64_t file_bytes = 0;     // of every file that is mapped now
  uint64_t memory_bytes = 0;   // of the Agent, beside the files
  uint64_t rebuilds = 0;       // since Open
  uint64_t unusable_keys = 0;  // published, but no slot can hold them; their tokens are denied
  bool rebuilding = false;
  bool snapshot_under_way = false;
  // What is wrong with the Replica's place, in words: its file, its lock file or its directory was
  // removed or replaced, or others may write there. Gates that come now find no Replica, or refuse
  // it. Empty: nothing.
  std::string problem;
  uint64_t losses = 0;  // how often something was
  // Gates of other users cannot enter the directory of the Replica, or one above it. As it was from
  // the start: where that changes meanwhile, it is a problem.
  bool is_for_owner_only = false;
  uint64_t epoch = 0;
  int64_t expiry = 0;       // CLOCK_BOOTTIME nanoseconds; 0: no lease
  int64_t wall_offset = 0;  // milliseconds: server's wall clock minus CLOCK_BOOTTIME; 0: none yet
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

  // Makes the directory (0755) if there is none; refuses one that CheckDirectory does. Takes the
  // lock, then the lease out of the file that is there, and resumes from that file if it can be
  // trusted. Fails where another writer holds the lock.
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
  // Another process has written the file over, or cut it short: it is given up, position() is zero,
  // and only a snapshot gives another.
  bool is_forsaken() const { return is_forsaken_; }
  void EndLease();

  // One slice, a few milliseconds, of whatever rebuilding is due. True: call again soon; false:
  // nothing to do, call again within a second or so. After an error the old file serves on, and the
  // rebuild is tried again a second later. Notices, also while there is nothing to do, that the
  // file at hand is no longer the one under its name, and builds another; gates that have it mapped
  // are served meanwhile.
  base::Result<bool> Work();

  ReplicaStatus status() const;

 private:
  struct Rebuild {
    ReplicaImage image;
    // What is dropped on the way, all of it by the grant that was the newest when this began.
    int64_t forget_before = kForgetNothing;
    bool allocated = false;
    uint64_t cursor = 0;  // words of the current table that are copied
  };
  // What a batch needs.
  struct Demand {
    uint64_t entries = 0;
    uint64_t keys = 0;
  };

  ReplicaWriter(Options options, HostIdentity host);

  // Makes the directory and takes the lock, where they are not there or not ours.
  base::Status TakePlace();
  bool HoldsLock() const;
  // The file has its name, and the owner and mode that gates take.
  bool IsInPlace() const;
  // Gives up a file that others have written to. False: it has been. Looks at its place, size and
  // header; the rest is compared a part at a time, by LookAtPlace.
  bool KeepIfIntact();
  void Forsake();
  void LookAtGivenUp();
  base::Error Forsaken() const;
  // Whether path, lock and directory are what they were.
  base::Status CheckPlace() const;
  void LookAtPlace();
  void NoteProblem(std::string problem);

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
  base::Status TakeName(ReplicaImage& image);
  static ReplicaImage::KeepMinute MinuteOf(int64_t forget_before);
  std::string NewPath() const { return options_.path + ".new"; }
  std::string LockPath() const { return options_.path + ".lock"; }

  const Options options_;
  const HostIdentity host_;
  int lock_ = -1;
  // Who else could enter the directory: the most there was since Open.
  mode_t entered_by_ = 0;
  std::optional<ReplicaImage> current_;
  std::vector<MappedFile> given_up_;  // by Forsake; until no lease in them could last
  int64_t given_up_until_ = 0;        // BootNanos
  std::optional<ReplicaImage> snapshot_;
  std::optional<Rebuild> rebuild_;
  // Of the newest grant for this Replica, Unix seconds; kForgetNothing: nothing may be dropped.
  // Never this host's own idea of the time.
  int64_t forget_before_ = kForgetNothing;
  int64_t retry_rebuild_at_ = 0;  // BootNanos
  int64_t look_at_place_at_ = 0;  // BootNanos
  bool is_forsaken_ = false;      // since KeepIfIntact gave current_ up
  bool is_lost_ = false;          // current_ is not what the path names
  // Another agent has the lock now, and gates with it: those that still have current_ mapped go
  // over.
  bool is_ousted_ = false;
  std::string problem_;
  uint64_t losses_ = 0;
  uint64_t rebuilds_ = 0;
  uint64_t unusable_keys_ = 0;
};

}  // namespace sallyport::revocation
