// ReplicaWriter: writes the Agent's Replica. It decides what is written to which file and when a
// larger file replaces the present one, and ensures that a lease is only in files that have every
// entry.
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
#include "revocation/lock_file.h"
#include "revocation/replica_image.h"

namespace sallyport::revocation {

struct ReplicaStatus {
  LogId log{};
  LogPosition position;
  uint64_t entries = 0;
  uint64_t table_capacity = 0;
  uint64_t keys = 0;  // slots in use, including those of withdrawn keys
  // How many live keys each issuer has, of the issuers that ever had one.
  std::map<std::string, uint64_t> live_keys;
  uint64_t file_bytes = 0;    // of all files that are mapped now
  uint64_t memory_bytes = 0;  // of the Agent, without the files
  uint64_t rebuilds = 0;      // since Open
  // Published keys that do not fit into a slot; tokens that they signed are denied.
  uint64_t unusable_keys = 0;
  bool rebuilding = false;
  bool snapshot_under_way = false;
  // What is wrong with the place of the Replica, as a text: its file, its lock file or its
  // directory was removed or replaced, or others may write there. Gates that are started now find
  // no Replica, or refuse it. Empty: nothing is wrong.
  std::string problem;
  uint64_t losses = 0;  // how often something became wrong
  // Gates of other users cannot enter the directory of the Replica, or one above it. This describes
  // the state at the start; if it changes later, that is a problem.
  bool is_for_owner_only = false;
  uint64_t epoch = 0;
  int64_t expiry = 0;       // CLOCK_BOOTTIME nanoseconds; 0: no lease
  int64_t wall_offset = 0;  // milliseconds: server's wall clock minus CLOCK_BOOTTIME; 0: none yet
};

// Not thread-safe. Errors have the code "replica_unusable" and a cause that describes the problem.
class ReplicaWriter {
 public:
  struct Options {
    std::string path;
    // Reads the numbers of a published key from its JWK; nullopt: no gate could use the key.
    std::function<std::optional<KeyMaterial>(std::string_view jwk)> parse_key;
    const base::Clock* clock = &base::SystemClock::Get();
    uint64_t least_table_capacity = uint64_t{1} << 16;
    uint64_t least_key_capacity = 256;
  };

  // Creates the directory (0755) if it does not exist; refuses one that CheckDirectory refuses.
  // Takes the lock, ends the lease in the file that is there, and resumes from that file if it can
  // be trusted. Fails where another writer holds the lock.
  static base::Result<std::unique_ptr<ReplicaWriter>> Open(Options options);
  // Ends the lease.
  ~ReplicaWriter();
  ReplicaWriter(const ReplicaWriter&) = delete;
  ReplicaWriter& operator=(const ReplicaWriter&) = delete;

  // Where to resume. All are zero if there is no Replica; the mark is also zero if no server has
  // given one.
  LogId log() const;
  LogPosition position() const;
  PositionMark mark() const;

  // ---- A snapshot is written to a new file, and there is no lease until it is complete. An error
  // leaves the old file as it was, without a lease, and discards the snapshot.
  base::Status BeginSnapshot(const LogId& log, uint64_t estimated_entries);
  base::Status AddToSnapshot(std::span<const Revocation> revocations);
  base::Status EndSnapshot(const LogPosition& position, const PositionMark& mark = {});
  void AbandonSnapshot();

  // ---- New entries are written to every file that holds a lease or will hold one. Precondition:
  // there is a Replica, and no snapshot is under way. On success everything is stored; the caller
  // must execute a full fence before it acknowledges. After an error nothing is certain to be
  // stored, and nothing may be acknowledged.
  base::Status Apply(std::span<const Revocation> revocations, const LogPosition& position,
                     const PositionMark& mark = {});

  // ---- The lease. False: there is no file now that may hold one.
  bool SetLease(const LeaseGrant& grant);
  // Another process has overwritten the file or truncated it. The file was given up; position() is
  // zero, and only a snapshot makes a new one.
  bool is_forsaken() const { return is_forsaken_; }
  void EndLease();

  // Does one slice, of a few milliseconds, of whatever rebuilding is necessary. True: call again
  // soon; false: there is nothing to do, call again within about a second. After an error the old
  // file continues to serve, and the rebuild is tried again a second later. Even when there is
  // nothing to rebuild, it notices when the present file does not have its name any more, and
  // builds another one; gates that have mapped the old one are served meanwhile.
  base::Result<bool> Work();

  ReplicaStatus status() const;

 private:
  struct Rebuild {
    ReplicaImage image;
    // Entries that are dropped during the rebuild, all according to the newest grant at its
    // beginning.
    int64_t forget_before = kForgetNothing;
    bool allocated = false;
    uint64_t cursor = 0;  // how many words of the present table are copied
  };
  // What a batch of entries needs.
  struct Demand {
    uint64_t entries = 0;
    uint64_t keys = 0;
  };

  ReplicaWriter(Options options, HostIdentity host);

  // Creates the directory and takes the lock, where they are missing or not ours.
  base::Status TakePlace();
  // Whether the file has its name, and the owner and mode that gates require.
  bool IsInPlace() const;
  // Gives up a file that others have written to. False: it was given up. Checks its place, size and
  // header; LookAtPlace compares the rest, a part at a time.
  bool KeepIfIntact();
  void Forsake();
  void LookAtGivenUp();
  base::Error Forsaken() const;
  // Whether path, lock and directory are as they were.
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

  const Options options_;
  const HostIdentity host_;
  LockFile lock_;
  // Who else could enter the directory: the greatest set of bits since Open.
  mode_t entered_by_ = 0;
  std::optional<ReplicaImage> current_;
  std::vector<MappedFile> given_up_;  // by Forsake; kept until no lease in them can be valid
  int64_t given_up_until_ = 0;        // BootNanos
  std::optional<ReplicaImage> snapshot_;
  std::optional<Rebuild> rebuild_;
  // From the newest grant for this Replica, Unix seconds; kForgetNothing: nothing may be dropped.
  // This is never taken from this host's own clock.
  int64_t forget_before_ = kForgetNothing;
  int64_t retry_rebuild_at_ = 0;  // BootNanos
  int64_t look_at_place_at_ = 0;  // BootNanos
  bool is_forsaken_ = false;      // KeepIfIntact has given up current_
  bool is_lost_ = false;          // the path does not name current_
  // Another agent has the lock now, and gates use its file. Gates that still have current_ mapped
  // are sent over there.
  bool is_ousted_ = false;
  std::string problem_;
  uint64_t losses_ = 0;
  uint64_t rebuilds_ = 0;
  uint64_t unusable_keys_ = 0;
};

}  // namespace sallyport::revocation
