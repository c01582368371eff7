#include "revocation/replica_image.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/clock.h"

namespace sallyport::revocation {
namespace {

constexpr std::memory_order kRelaxed = std::memory_order_relaxed;
constexpr std::memory_order kRelease = std::memory_order_release;

}  // namespace

base::Status ReplicaImage::Attach(MappedFile file) {
  file_ = std::move(file);
  const ReplicaLayout layout = LayoutOf(header()->key_capacity, header()->table_capacity);
  uint8_t* bytes = file_.mutable_data();
  index_ = reinterpret_cast<std::atomic<uint32_t>*>(bytes + layout.index_offset);
  keys_ = reinterpret_cast<KeySlot*>(bytes + layout.keys_offset);
  table_ = reinterpret_cast<std::atomic<uint64_t>*>(bytes + layout.table_offset);
  capacity_ = header()->table_capacity;
  table_offset_ = layout.table_offset;
  written_ = std::make_unique<ReplicaHeader>();
  std::memcpy(static_cast<void*>(written_.get()), file_.data(), sizeof(ReplicaHeader));
  sums_ = PageSums(bytes + kReplicaHeaderBytes, layout.file_size - kReplicaHeaderBytes);
  SALLYPORT_ASSIGN(keep_memory_, MappedFile::Anonymous(capacity_ * sizeof(KeepMinute)));
  keep_ = reinterpret_cast<KeepMinute*>(keep_memory_.mutable_data());
  return {};
}

base::Result<ReplicaImage> ReplicaImage::Create(const std::string& path, const ReplicaShape& shape,
                                                const LogId& log, const SipKey& hash_key,
                                                const HostIdentity& host) {
  if (shape.key_capacity == 0 || shape.key_capacity > kGreatestKeyCapacity ||
      shape.table_capacity == 0 || shape.table_capacity > kGreatestTableCapacity) {
    return ReplicaError(path + ": larger than a Replica can be");
  }
  const ReplicaLayout layout = LayoutOf(shape.key_capacity, shape.table_capacity);
  SALLYPORT_ASSIGN(MappedFile file, MappedFile::Create(path, layout.file_size));
  SALLYPORT_TRY(file.Allocate(0, layout.table_offset));
  auto* header = new (file.mutable_data()) ReplicaHeader{};
  header->magic = kReplicaMagic;
  header->format = kReplicaFormat;
  header->owner = geteuid();
  header->file_size = layout.file_size;
  header->boot_id = host.boot_id;
  header->time_namespace = host.time_namespace;
  header->log_id = log;
  header->hash_key = hash_key;
  header->key_capacity = shape.key_capacity;
  header->table_capacity = shape.table_capacity;
  ReplicaImage image;
  SALLYPORT_TRY(image.Attach(std::move(file)));
  image.allocated_ = layout.table_offset;
  return image;
}

base::Result<ReplicaImage> ReplicaImage::Resume(const std::string& path, const HostIdentity& host) {
  SALLYPORT_ASSIGN(MappedFile file, MappedFile::OpenForWriting(path));
  if (file.size() < kReplicaHeaderBytes) return ReplicaError(path + ": shorter than a header");
  auto* header = reinterpret_cast<ReplicaHeader*>(file.mutable_data());
  if (header->magic == kReplicaMagic) header->expiry.store(0);
  base::Status status = CheckHeader(*header, file.size(), geteuid(), host);
  if (status.ok() && header->superseded.load() != 0) status = ReplicaError("superseded");
  if (!status) {
    if (header->magic == kReplicaMagic) header->superseded.store(1);
    return ReplicaError(path + ": " + status.error().cause);
  }
  ReplicaImage image;
  SALLYPORT_TRY(image.Attach(std::move(file)));
  image.allocated_ = image.file_.size();
  image.sums_.Accept();
  const auto keep = static_cast<KeepMinute>(header->kept.load());
  for (uint64_t place = 0; place < image.capacity_; ++place) {
    if (image.table_[place].load(kRelaxed) == 0) continue;
    image.keep_[place] = keep;
    ++image.entries_;
  }
  if (image.entries_ > 0) image.entries_by_minute_[keep] = image.entries_;
  if (!image.IsSane()) {
    image.Supersede();
    return ReplicaError(path + ": has contents that no writer writes");
  }
  // An entry is counted before it is stored, so a writer that was killed may have left one too few.
  const uint64_t counted = header->kept.load() >> 32;
  if (image.entries_ + 1 < counted) {
    image.Supersede();
    return ReplicaError(path + ": has lost entries");
  }
  if (image.entries_ > counted) {
    image.Supersede();
    return ReplicaError(path + ": does not say how long its entries must be kept");
  }
  return image;
}

bool ReplicaImage::IsSane() const {
  if (key_count() > header()->key_capacity || entries_ > capacity_ / 10 * 9) return false;
  return std::all_of(keys_, keys_ + key_count(), [](const KeySlot& slot) {
    return slot.issuer_size <= slot.issuer.size() && slot.kid_size <= slot.kid.size() &&
           slot.n_size <= slot.n.size() && slot.e_size <= slot.e.size();
  });
}

base::Result<bool> ReplicaImage::AllocateTable(uint64_t bytes) {
  constexpr uint64_t kPage = MappedFile::kHugePage;
  uint64_t end = file_.size();
  if (bytes < end - allocated_) end = std::min(end, (allocated_ + bytes) / kPage * kPage);
  if (end > allocated_) SALLYPORT_TRY(file_.Allocate(allocated_, end - allocated_));
  allocated_ = std::max(allocated_, end);
  return allocated_ == file_.size();
}

// ---- Entries

void ReplicaImage::Prefetch(uint64_t hash) const {
  const uint64_t place = HomeOf(hash, capacity_);
  __builtin_prefetch(&table_[place], 1);
  __builtin_prefetch(&keep_[place], 1);
}

ReplicaImage::KeepMinute ReplicaImage::KeepMinuteOf(int64_t keep_until) {
  if (keep_until <= 0) return 0;
  const int64_t minute = keep_until / 60 + 1;
  return minute >= kKeepForever ? kKeepForever : static_cast<KeepMinute>(minute);
}

void ReplicaImage::NoteKeep(KeepMinute keep) {
  const uint64_t kept = written_->kept.load(kRelaxed);
  if (keep > static_cast<KeepMinute>(kept)) {
    Write([&](ReplicaHeader& to) { to.kept.store(kept >> 32 << 32 | keep, kRelease); });
  }
}

// Noted before the entry is stored, so that whoever resumes the file of a killed writer keeps the
// entry long enough.
void ReplicaImage::NoteEntry(KeepMinute keep) {
  const auto latest = static_cast<KeepMinute>(written_->kept.load(kRelaxed));
  const uint64_t kept = (entries_ + 1) << 32 | std::max(keep, latest);
  Write([&](ReplicaHeader& to) { to.kept.store(kept, kRelease); });
}

void ReplicaImage::Insert(uint64_t hash, KeepMinute keep) {
  uint64_t place = HomeOf(hash, capacity_);
  for (uint64_t probe = 0; table_[place].load(kRelaxed) != 0; ++probe) {
    // This happens only in a table that another process has filled, which readers take for
    // "revoked".
    if (probe == capacity_) return sums_.Add(&table_[place], 1);
    if (table_[place].load(kRelaxed) == hash) return KeepLonger(place, keep);
    if (++place == capacity_) place = 0;
  }
  NoteEntry(keep);
  keep_[place] = keep;
  ++entries_by_minute_[keep];
  ++entries_;
  sums_.Add(&table_[place], hash);
  table_[place].store(hash, kRelease);
}

void ReplicaImage::KeepLonger(uint64_t place, KeepMinute keep) {
  if (keep <= keep_[place]) return;
  const auto old = entries_by_minute_.find(keep_[place]);
  // The minute is missing if another process has written the entry.
  if (old != entries_by_minute_.end() && --old->second == 0) entries_by_minute_.erase(old);
  ++entries_by_minute_[keep];
  keep_[place] = keep;
  NoteKeep(keep);
}

bool ReplicaImage::CopyTable(const ReplicaImage& other, uint64_t from, uint64_t count,
                             KeepMinute forget) {
  const uint64_t end = std::min(from + count, other.capacity_);
  for (uint64_t place = from; place < end; ++place) {
    const uint64_t word = other.table_[place].load(kRelaxed);
    if (word != 0 && other.keep_[place] >= forget) Insert(word, other.keep_[place]);
  }
  // Checked after copying: a change before that would still be there.
  return other.sums_.Hold(other.sums_.PageOf(&other.table_[from]),
                          (count + kTableSlice - 1) / kTableSlice);
}

uint64_t ReplicaImage::ExpiredEntries(KeepMinute forget) const {
  uint64_t expired = 0;
  for (const auto& [minute, count] : entries_by_minute_) {
    if (minute >= forget) break;
    expired += count;
  }
  return expired;
}

// ---- Keys

uint32_t ReplicaImage::FindKey(std::string_view issuer, std::string_view kid) const {
  const uint64_t places = 2 * header()->key_capacity;
  uint64_t place = HomeOf(KeyNameHash(header()->hash_key, issuer, kid), places);
  const uint64_t count = std::min(key_count(), header()->key_capacity);
  for (uint64_t probe = 0; probe < places; ++probe) {
    const uint32_t word = index_[place].load(kRelaxed);
    if (word == 0) break;
    const uint32_t slot = word - 1;
    if (slot < count && KeyIssuer(keys_[slot]) == issuer && KeyKid(keys_[slot]) == kid) return slot;
    if (++place == places) place = 0;
  }
  return kNoSlot;
}

void ReplicaImage::AddKey(std::string_view issuer, std::string_view kid, const KeyMaterial& key,
                          KeyState state) {
  const auto number = static_cast<uint32_t>(key_count());
  sums_.Count(&keys_[number], sizeof(KeySlot), [&] {
    KeySlot& slot = *new (&keys_[number]) KeySlot{};
    slot.issuer_size = static_cast<uint16_t>(issuer.copy(slot.issuer.data(), slot.issuer.size()));
    slot.kid_size = static_cast<uint16_t>(kid.copy(slot.kid.data(), slot.kid.size()));
    slot.n_size = static_cast<uint16_t>(key.n.size());
    slot.e_size = static_cast<uint16_t>(key.e.size());
    std::memcpy(slot.n.data(), key.n.data(), key.n.size());
    std::memcpy(slot.e.data(), key.e.data(), key.e.size());
    slot.state.store(static_cast<uint32_t>(state), kRelease);
  });
  const uint64_t places = 2 * header()->key_capacity;
  uint64_t place = HomeOf(KeyNameHash(header()->hash_key, issuer, kid), places);
  // A word whose slot is not counted was left by a killed writer, and counts as empty.
  while (index_[place].load(kRelaxed) != 0 && index_[place].load(kRelaxed) - 1 < number) {
    if (++place == places) place = 0;
  }
  // Two places of the index are one word of the sums.
  sums_.Count(&index_[place / 2 * 2], sizeof(uint64_t),
              [&] { index_[place].store(number + 1, kRelease); });
  Write([&](ReplicaHeader& to) { to.key_count.store(number + 1, kRelease); });
}

void ReplicaImage::SetKeyState(uint64_t slot, KeyState state) {
  sums_.Count(&keys_[slot], sizeof(KeySlot),
              [&] { keys_[slot].state.store(static_cast<uint32_t>(state), kRelease); });
}

bool ReplicaImage::PublishKey(std::string_view issuer, std::string_view kid,
                              const KeyMaterial& key) {
  if (issuer.size() > sizeof(KeySlot::issuer) || kid.size() > sizeof(KeySlot::kid) ||
      key.n.size() > sizeof(KeySlot::n) || key.e.size() > sizeof(KeySlot::e)) {
    return false;
  }
  if (FindKey(issuer, kid) == kNoSlot) AddKey(issuer, kid, key, KeyState::kLive);
  return true;
}

void ReplicaImage::WithdrawKey(std::string_view issuer, std::string_view kid) {
  const uint32_t slot = FindKey(issuer, kid);
  if (slot != kNoSlot) {
    SetKeyState(slot, KeyState::kWithdrawn);
  } else if (issuer.size() <= sizeof(KeySlot::issuer) && kid.size() <= sizeof(KeySlot::kid)) {
    AddKey(issuer, kid, {}, KeyState::kWithdrawn);
  }
}

void ReplicaImage::WithdrawKeysOf(std::string_view issuer) {
  for (uint64_t slot = 0; slot < key_count(); ++slot) {
    if (KeyIssuer(keys_[slot]) != issuer) continue;
    SetKeyState(slot, KeyState::kWithdrawn);
  }
}

bool ReplicaImage::CopyKeys(const ReplicaImage& other) {
  for (uint64_t number = 0; number < other.key_count(); ++number) {
    const KeySlot& slot = other.keys_[number];
    const KeyMaterial key{{reinterpret_cast<const char*>(slot.n.data()), slot.n_size},
                          {reinterpret_cast<const char*>(slot.e.data()), slot.e_size}};
    AddKey(KeyIssuer(slot), KeyKid(slot), key, static_cast<KeyState>(slot.state.load(kRelaxed)));
  }
  return other.sums_.Hold(0, other.sums_.PageOf(other.table_));
}

std::map<std::string, uint64_t> ReplicaImage::LiveKeys() const {
  std::map<std::string, uint64_t> live;
  for (uint64_t number = 0; number < key_count(); ++number) {
    const KeySlot& slot = keys_[number];
    const bool is_live = slot.state.load(kRelaxed) == static_cast<uint32_t>(KeyState::kLive);
    live[std::string(KeyIssuer(slot))] += is_live ? 1 : 0;
  }
  return live;
}

// ---- Position and lease

LogPosition ReplicaImage::position() const {
  const PositionSlot& slot = header()->position[header()->position_index.load() & 1];
  return {slot.sequence, slot.hash};
}

PositionMark ReplicaImage::mark() const {
  return header()->mark[header()->position_index.load() & 1];
}

void ReplicaImage::SetPosition(const LogPosition& position, const PositionMark& mark) {
  const uint64_t next = (written_->position_index.load(kRelaxed) & 1) ^ 1;
  Write([&](ReplicaHeader& to) {
    to.position[next] = {position.sequence, position.hash};
    to.mark[next] = mark;
    to.position_index.store(next, kRelease);
  });
}

void ReplicaImage::SetLease(const LeaseGrant& grant) {
  // No gate's time may fall below what this Replica has dropped, whatever happened to the server's
  // time.
  const int64_t asked_at_millis = (grant.expiry - grant.ttl) / base::kNanosPerMilli;
  const int64_t least = written_->forgotten.load(kRelaxed) * 1000 - asked_at_millis;
  Write([&](ReplicaHeader& to) {
    if (grant.ttl > to.greatest_ttl.load(kRelaxed)) to.greatest_ttl.store(grant.ttl, kRelease);
    if (grant.epoch != to.epoch.load(kRelaxed)) {
      to.expiry.store(0, kRelease);
      to.epoch.store(grant.epoch, kRelease);
    }
    to.wall_offset.store(std::max(grant.wall_offset, least), kRelease);
    to.expiry.store(grant.expiry, kRelease);
  });
}

void ReplicaImage::EndLease() {
  Write([](ReplicaHeader& to) { to.expiry.store(0); });
}

void ReplicaImage::CopyLease(const ReplicaImage& other, int64_t forget_before,
                             int64_t boot_millis) {
  const ReplicaHeader& from = *other.written_;
  const int64_t forgotten = std::max(from.forgotten.load(), forget_before);
  const int64_t offset = from.wall_offset.load();
  Write([&](ReplicaHeader& to) {
    to.forgotten.store(forgotten);
    to.greatest_ttl.store(from.greatest_ttl.load());
    to.wall_offset.store(offset == 0 ? 0 : std::max(offset, forgotten * 1000 - boot_millis));
    to.epoch.store(from.epoch.load());
    to.expiry.store(from.expiry.load());
  });
}

void ReplicaImage::Supersede() {
  Write([](ReplicaHeader& to) {
    to.superseded.store(1);
    to.expiry.store(0);
  });
}

MappedFile ReplicaImage::GiveUp() && {
  Supersede(file_);
  file_.Unmap();
  return std::move(file_);
}

void ReplicaImage::Supersede(const MappedFile& file) {
  const auto write = [&file](size_t offset, uint64_t word) {
    (void)file.WriteAt(offset, {reinterpret_cast<const uint8_t*>(&word), sizeof(word)});
  };
  write(offsetof(ReplicaHeader, superseded), 1);
  write(offsetof(ReplicaHeader, expiry), 0);
}

void ReplicaImage::SupersedeAt(const std::string& path) {
  const auto file = MappedFile::OpenForWriting(path);
  if (!file || file->size() < kReplicaHeaderBytes) return;
  if (reinterpret_cast<const ReplicaHeader*>(file->data())->magic != kReplicaMagic) return;
  Supersede(*file);
}

bool ReplicaImage::HeaderIsAsWritten() const {
  return std::memcmp(file_.data(), static_cast<const void*>(written_.get()),
                     sizeof(ReplicaHeader)) == 0;
}

bool ReplicaImage::NextBytesAreAsWritten(uint64_t bytes) {
  const size_t pages = std::min(bytes / PageSums::kPageBytes, sums_.pages());
  const size_t first = std::min(pages, sums_.pages() - next_page_);
  const bool hold = sums_.Hold(next_page_, first) && sums_.Hold(0, pages - first);
  next_page_ = (next_page_ + pages) % sums_.pages();
  return hold;
}

}  // namespace sallyport::revocation
