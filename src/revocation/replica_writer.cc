#include "revocation/replica_writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "base/log.h"
#include "base/random.h"
#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif

namespace sallyport::revocation {
namespace {

// How much is done in one slice of Work: a few milliseconds each.
constexpr uint64_t kAllocateSlice = uint64_t{4} << 20;  // bytes
constexpr uint64_t kCopySlice = uint64_t{1} << 16;      // words
static_assert(kCopySlice % ReplicaImage::kTableSlice == 0);
constexpr int64_t kRetryNanos = 1'000'000'000;
// How often to check whether the file still has its name.
constexpr int64_t kLookNanos = 100'000'000;
// How much of the file is compared, in each check, with what was written there.
constexpr uint64_t kCompareSlice = uint64_t{4} << 20;  // bytes
// The estimate may be wrong: if a snapshot is larger than this, the file grows.
constexpr uint64_t kGreatestEstimate = uint64_t{1} << 26;
// Fewer expired entries than this are not worth a rebuild.
constexpr uint64_t kLeastExpired = 4096;

// A rebuild begins when the table is more than half full ...
bool IsAboveHalf(uint64_t entries, uint64_t capacity) {
  return entries > capacity / 2;
}
// ... and until it is finished the old file accepts entries up to a load of 0.6.
bool FitsUnderCap(uint64_t entries, uint64_t capacity) {
  return entries <= capacity / 10 * 6;
}

bool IsKey(Kind kind) {
  return kind == Kind::kKeyPublished || kind == Kind::kKeyWithdrawn;
}

SipKey RandomSipKey() {
  return {base::RandomU64(), base::RandomU64()};
}

}  // namespace

ReplicaWriter::ReplicaWriter(Options options, HostIdentity host)
    : options_(std::move(options)), host_(host), lock_(options_.path + ".lock") {}

base::Result<std::unique_ptr<ReplicaWriter>> ReplicaWriter::Open(Options options) {
  SALLYPORT_ASSIGN(const HostIdentity host, ReadHostIdentity());
  std::unique_ptr<ReplicaWriter> writer(new ReplicaWriter(std::move(options), host));
  SALLYPORT_TRY(writer->TakePlace());
  const std::string& path = writer->options_.path;
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return writer;
  auto image = ReplicaImage::Resume(path, host);
  if (image.ok()) {
    writer->current_ = std::move(image).value();
  } else {
    base::LogWarning("an existing Replica is not used again", {{"cause", image.error().cause}});
  }
  return writer;
}

ReplicaWriter::~ReplicaWriter() {
  EndLease();
}

// ---- The place of the Replica

base::Status ReplicaWriter::TakePlace() {
  const std::string directory = DirectoryOf(options_.path);
  // Whatever the umask is, because gates run as other users.
  if (mkdir(directory.c_str(), 0755) == 0) {
    if (chmod(directory.c_str(), 0755) != 0) return ReplicaSystemError(directory);
  } else if (errno != EEXIST) {
    return ReplicaSystemError(directory);
  }
  SALLYPORT_ASSIGN(const mode_t entered_by, CheckDirectory(directory, geteuid()));
  entered_by_ |= entered_by;
  if (lock_.IsHeld()) {
    is_ousted_ = false;
    return {};
  }
  const base::Status taken = lock_.Take();
  is_ousted_ = lock_.is_anothers();
  SALLYPORT_TRY(taken);
  // Removes what a killed writer may have left.
  unlink(NewPath().c_str());
  return {};
}

base::Status ReplicaWriter::CheckPlace() const {
  const std::string directory = DirectoryOf(options_.path);
  SALLYPORT_ASSIGN(const mode_t entered_by, CheckDirectory(directory, geteuid()));
  if (!lock_.IsHeld()) return ReplicaError(lock_.path() + ": was removed or replaced");
  if ((entered_by_ & ~entered_by) != 0) {
    return ReplicaError(directory +
                        ": its mode, or that of a directory above it, was changed, so that gates "
                        "of other users cannot open it");
  }
  if (is_forsaken_) return Forsaken();
  if (current_ && !IsInPlace()) {
    return ReplicaError(options_.path +
                        ": was removed, replaced, or given another owner or mode; a new one is "
                        "made");
  }
  return {};
}

base::Error ReplicaWriter::Forsaken() const {
  return ReplicaError(
      options_.path +
      ": was written over, cut short or made longer by another process; a new one is made from "
      "a snapshot");
}

bool ReplicaWriter::KeepIfIntact() {
  if (!current_) return !is_forsaken_;
  struct stat named {};
  const bool in_name = current_->IsAt(options_.path) && lstat(options_.path.c_str(), &named) == 0;
  // A copy of a Replica that was moved here may still have a lease, and would get no entries.
  if (!in_name && lock_.IsHeld()) ReplicaImage::SupersedeAt(options_.path);
  const bool is_sized = !in_name || static_cast<uint64_t>(named.st_size) == current_->file_bytes();
  const bool was_cut = MappedFile::WasCut();
  if (is_sized && !was_cut && current_->HeaderIsAsWritten()) return true;
  Forsake();
  return false;
}

void ReplicaWriter::Forsake() {
  // Gates that have mapped it must not continue under its lease, nor under the lease of an older
  // copy which somebody may still be writing to it.
  given_up_until_ =
      std::max(given_up_until_, options_.clock->BootNanos() + current_->greatest_ttl());
  given_up_.push_back(std::move(*current_).GiveUp());
  rebuild_.reset();
  current_.reset();
  is_forsaken_ = true;
  NoteProblem(Forsaken().cause);
}

void ReplicaWriter::LookAtGivenUp() {
  for (const MappedFile& file : given_up_) ReplicaImage::Supersede(file);
  if (options_.clock->BootNanos() >= given_up_until_) given_up_.clear();
}

bool ReplicaWriter::IsInPlace() const {
  struct stat named {};
  return current_->IsAt(options_.path) && lstat(options_.path.c_str(), &named) == 0 &&
         named.st_uid == geteuid() && (named.st_mode & 07777) == MappedFile::kMode;
}

void ReplicaWriter::LookAtPlace() {
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("never-looks")) return;
#endif
  const int64_t now = options_.clock->BootNanos();
  if (now < look_at_place_at_) return;
  look_at_place_at_ = now + kLookNanos;
  LookAtGivenUp();
  if (KeepIfIntact() && current_ && !current_->NextBytesAreAsWritten(kCompareSlice)) Forsake();
  base::Status place = CheckPlace();
  if (place) return NoteProblem({});
  // Noted before it is repaired, so that even a short problem is reported.
  NoteProblem(place.error().cause);
  place = TakePlace();
  if (!place) {
    NoteProblem(place.error().cause);
    if (is_ousted_) EndLease();
    return;
  }
  is_lost_ = current_ && !IsInPlace();
  if (CheckPlace()) NoteProblem({});
}

void ReplicaWriter::NoteProblem(std::string problem) {
  if (problem == problem_) return;
  if (problem.empty()) {
    base::LogInfo("the Replica is back in its place", {{"replica", options_.path}});
  } else {
    if (problem_.empty()) ++losses_;
    base::LogError("the Replica is missing from its place", {{"cause", problem}});
  }
  problem_ = std::move(problem);
}

LogId ReplicaWriter::log() const {
  return current_ ? current_->header()->log_id : LogId{};
}

LogPosition ReplicaWriter::position() const {
  return current_ ? current_->position() : LogPosition{};
}

PositionMark ReplicaWriter::mark() const {
  return current_ ? current_->mark() : PositionMark{};
}

// ---- Snapshot

base::Status ReplicaWriter::BeginSnapshot(const LogId& log, uint64_t estimated_entries) {
  EndLease();
  rebuild_.reset();
  snapshot_.reset();
  SALLYPORT_TRY(TakePlace());
  const ReplicaShape shape{
      options_.least_key_capacity,
      std::max(2 * std::min(estimated_entries, kGreatestEstimate), options_.least_table_capacity)};
  SALLYPORT_ASSIGN(ReplicaImage image,
                   ReplicaImage::Create(NewPath(), shape, log, RandomSipKey(), host_));
  SALLYPORT_ASSIGN(const bool allocated, image.AllocateTable(UINT64_MAX));
  if (!allocated) return ReplicaError("a table ends too early");
  snapshot_ = std::move(image);
  return {};
}

base::Status ReplicaWriter::AddToSnapshot(std::span<const Revocation> revocations) {
  if (!snapshot_) return ReplicaError("no snapshot is under way");
  const Demand demand = DemandOf(revocations);
  const ReplicaShape shape = snapshot_->shape();
  if (IsAboveHalf(snapshot_->entries() + demand.entries, shape.table_capacity) ||
      snapshot_->key_count() + demand.keys > shape.key_capacity) {
    if (base::Status grown = GrowSnapshot(demand); !grown) {
      AbandonSnapshot();
      return grown;
    }
  }
  Store(*snapshot_, revocations);
  return {};
}

base::Status ReplicaWriter::GrowSnapshot(const Demand& demand) {
  const ReplicaHeader& header = *snapshot_->header();
  SALLYPORT_ASSIGN(ReplicaImage image, ReplicaImage::Create(NewPath(), ShapeFor(*snapshot_, demand),
                                                            header.log_id, header.hash_key, host_));
  SALLYPORT_ASSIGN(const bool allocated, image.AllocateTable(UINT64_MAX));
  if (!allocated) return ReplicaError("a table ends too early");
  // Everything is copied: only grants say what may be dropped, and none was made for this snapshot.
  if (!image.CopyKeys(*snapshot_) ||
      !image.CopyTable(*snapshot_, 0, snapshot_->shape().table_capacity, 0)) {
    return ReplicaError(NewPath() + ": was written over by another process");
  }
  snapshot_ = std::move(image);
  return {};
}

base::Status ReplicaWriter::EndSnapshot(const LogPosition& position, const PositionMark& mark) {
  if (!snapshot_) return ReplicaError("no snapshot is under way");
  snapshot_->SetPosition(position, mark);
  if (base::Status named = TakeName(*snapshot_); !named) {
    AbandonSnapshot();
    return named;
  }
  current_ = std::move(snapshot_);
  snapshot_.reset();
  is_forsaken_ = false;
  LookAtPlace();
  forget_before_ = kForgetNothing;
  return {};
}

void ReplicaWriter::AbandonSnapshot() {
  snapshot_.reset();
}

// ---- Tail

ReplicaWriter::Demand ReplicaWriter::DemandOf(std::span<const Revocation> revocations) {
  Demand demand;
  for (const Revocation& revocation : revocations) {
    ++(IsKey(revocation.kind) ? demand.keys : demand.entries);
  }
  return demand;
}

base::Status ReplicaWriter::Apply(std::span<const Revocation> revocations,
                                  const LogPosition& position, const PositionMark& mark) {
  if (!KeepIfIntact()) return Forsaken();
  if (!current_ || snapshot_) return ReplicaError("there is no Replica to write to");
  SALLYPORT_TRY(MakeRoom(DemandOf(revocations)));
  Store(*current_, revocations);
  current_->SetPosition(position, mark);
  if (rebuild_ && rebuild_->allocated) {
    Store(rebuild_->image, revocations);
    rebuild_->image.SetPosition(position, mark);
  }
  return {};
}

void ReplicaWriter::Store(ReplicaImage& image, std::span<const Revocation> revocations) {
  constexpr size_t kBatch = 16;  // cache misses that overlap
  std::array<uint64_t, kBatch> hashes{};
  for (size_t begin = 0; begin < revocations.size(); begin += kBatch) {
    const auto batch = revocations.subspan(begin, std::min(kBatch, revocations.size() - begin));
    for (size_t i = 0; i < batch.size(); ++i) {
      hashes[i] = image.Hash(batch[i].kind, batch[i].subject);
      image.Prefetch(hashes[i]);
    }
    for (size_t i = 0; i < batch.size(); ++i) {
      if (IsKey(batch[i].kind)) {
        StoreKey(image, batch[i]);
        continue;
      }
      image.Insert(hashes[i], ReplicaImage::KeepMinuteOf(batch[i].keep_until));
      if (batch[i].kind == Kind::kPool) image.WithdrawKeysOf(batch[i].subject);
    }
  }
}

void ReplicaWriter::StoreKey(ReplicaImage& image, const Revocation& revocation) {
  const std::string_view subject = revocation.subject;
  const size_t space = subject.find(' ');
  const std::string_view issuer = subject.substr(0, space);
  const std::string_view kid =
      space == std::string_view::npos ? std::string_view() : subject.substr(space + 1);
  if (revocation.kind == Kind::kKeyWithdrawn) {
    image.WithdrawKey(issuer, kid);
    return;
  }
  const auto key = options_.parse_key(revocation.detail);
  if (key && !kid.empty() && image.PublishKey(issuer, kid, *key)) return;
  ++unusable_keys_;
  base::LogWarning("a published key cannot be used: its tokens are denied", {{"key", subject}});
}

base::Status ReplicaWriter::MakeRoom(const Demand& demand) {
  const auto fits = [&](const ReplicaShape& shape) {
    return FitsUnderCap(current_->entries() + demand.entries, shape.table_capacity) &&
           current_->key_count() + demand.keys <= shape.key_capacity;
  };
  if (rebuild_ && !fits(rebuild_->image.shape())) rebuild_.reset();
  while (!fits(current_->shape())) {
    if (!rebuild_) SALLYPORT_TRY(StartRebuild(demand));
    SALLYPORT_TRY(FinishRebuild());
    if (is_forsaken_) return Forsaken();
  }
  return {};
}

// ---- Lease

bool ReplicaWriter::SetLease(const LeaseGrant& grant) {
  if (!KeepIfIntact() || !current_ || snapshot_ || is_ousted_) return false;
  current_->SetLease(grant);
  forget_before_ = grant.forget_before;
  return true;
}

void ReplicaWriter::EndLease() {
  if (KeepIfIntact() && current_) current_->EndLease();
}

// ---- Rebuild

ReplicaImage::KeepMinute ReplicaWriter::MinuteOf(int64_t forget_before) {
  const int64_t minute = forget_before / 60;
  if (minute < 0 || minute >= ReplicaImage::kKeepForever) return 0;
  return static_cast<ReplicaImage::KeepMinute>(minute);
}

// A load of one third, so the number of entries can grow by half until the next rebuild.
ReplicaShape ReplicaWriter::ShapeFor(const ReplicaImage& image, const Demand& demand) const {
  const uint64_t live =
      image.entries() - image.ExpiredEntries(MinuteOf(forget_before_)) + demand.entries;
  ReplicaShape shape{options_.least_key_capacity,
                     std::max(options_.least_table_capacity, 3 * live)};
  while (shape.key_capacity / 2 < image.key_count() + demand.keys) shape.key_capacity *= 2;
  return shape;
}

bool ReplicaWriter::RebuildIsDue() const {
  const ReplicaShape shape = current_->shape();
  if (IsAboveHalf(current_->entries(), shape.table_capacity)) return true;
  if (current_->key_count() > shape.key_capacity / 4 * 3) return true;
  const uint64_t expired = current_->ExpiredEntries(MinuteOf(forget_before_));
  return expired >= kLeastExpired && expired > current_->entries() / 4;
}

base::Status ReplicaWriter::StartRebuild(const Demand& demand) {
  const ReplicaHeader& header = *current_->header();
  SALLYPORT_ASSIGN(ReplicaImage image, ReplicaImage::Create(NewPath(), ShapeFor(*current_, demand),
                                                            header.log_id, header.hash_key, host_));
  rebuild_.emplace(Rebuild{.image = std::move(image), .forget_before = forget_before_});
  return {};
}

// True: there is more to do.
base::Result<bool> ReplicaWriter::ContinueRebuild() {
  ReplicaImage& next = rebuild_->image;
  if (!rebuild_->allocated) {
    SALLYPORT_ASSIGN(rebuild_->allocated, next.AllocateTable(kAllocateSlice));
    if (!rebuild_->allocated || next.CopyKeys(*current_)) return true;
    Forsake();
    return Forsaken();
  }
  if (!next.CopyTable(*current_, rebuild_->cursor, kCopySlice, MinuteOf(rebuild_->forget_before))) {
    Forsake();
    return Forsaken();
  }
  rebuild_->cursor += kCopySlice;
  if (rebuild_->cursor < current_->shape().table_capacity) return true;
  if (!KeepIfIntact()) return Forsaken();
  // From here to the end nothing is applied: both files have the same entries, and both may have
  // the lease.
  next.SetPosition(current_->position(), current_->mark());
  next.CopyLease(*current_, rebuild_->forget_before, options_.clock->BootNanos() / 1'000'000);
  SALLYPORT_TRY(TakeName(next));
  current_ = std::move(next);
  rebuild_.reset();
  ++rebuilds_;
  LookAtPlace();
  return false;
}

base::Status ReplicaWriter::FinishRebuild() {
  while (rebuild_) {
    const auto more = ContinueRebuild();
    if (more.ok()) continue;
    rebuild_.reset();
    return more.error();
  }
  return {};
}

base::Status ReplicaWriter::TakeName(ReplicaImage& image) {
  // A file that has the name and that we do not repair may still have a lease.
  if ((!current_ || !current_->IsAt(options_.path)) && lock_.IsHeld()) {
    ReplicaImage::SupersedeAt(options_.path);
  }
  SALLYPORT_TRY(image.TakeName(options_.path));
  if (current_) current_->Supersede();
  is_lost_ = false;
  look_at_place_at_ = 0;
  return {};
}

base::Result<bool> ReplicaWriter::Work() {
  LookAtPlace();
  if (!current_ || snapshot_) return false;
  const int64_t now = options_.clock->BootNanos();
  if (!rebuild_ && (now < retry_rebuild_at_ || !(is_lost_ || RebuildIsDue()))) return false;
  base::Status failed = rebuild_ ? base::Status() : StartRebuild({});
  if (failed.ok()) {
    auto more = ContinueRebuild();
    if (more.ok()) return more;
    failed = more.error();
  }
  rebuild_.reset();
  retry_rebuild_at_ = now + kRetryNanos;
  return std::move(failed).error();
}

ReplicaStatus ReplicaWriter::status() const {
  ReplicaStatus status;
  for (const ReplicaImage* image :
       {current_ ? &*current_ : nullptr, snapshot_ ? &*snapshot_ : nullptr,
        rebuild_ ? &rebuild_->image : nullptr}) {
    if (image == nullptr) continue;
    status.file_bytes += image->file_bytes();
    status.memory_bytes += image->memory_bytes();
  }
  status.rebuilds = rebuilds_;
  status.problem = problem_;
  status.losses = losses_;
  status.is_for_owner_only = entered_by_ == 0;
  status.unusable_keys = unusable_keys_;
  status.rebuilding = rebuild_.has_value();
  status.snapshot_under_way = snapshot_.has_value();
  if (!current_) return status;
  status.log = current_->header()->log_id;
  status.position = current_->position();
  status.entries = current_->entries();
  status.table_capacity = current_->shape().table_capacity;
  status.keys = current_->key_count();
  status.live_keys = current_->LiveKeys();
  status.epoch = current_->header()->epoch.load();
  status.expiry = current_->header()->expiry.load();
  status.wall_offset = current_->header()->wall_offset.load();
  return status;
}

}  // namespace sallyport::revocation
