#include "revocation/replica_reader.h"

#include <algorithm>

namespace sallyport::revocation {

ReplicaReader::ReplicaReader(MappedFile file, const uint8_t* bytes)
    : file_(std::move(file)), header_(reinterpret_cast<const ReplicaHeader*>(bytes)) {
  const ReplicaLayout layout = LayoutOf(header_->key_capacity, header_->table_capacity);
  hash_key_ = header_->hash_key;
  index_ = reinterpret_cast<const std::atomic<uint32_t>*>(bytes + layout.index_offset);
  keys_ = reinterpret_cast<const KeySlot*>(bytes + layout.keys_offset);
  table_ = reinterpret_cast<const std::atomic<uint64_t>*>(bytes + layout.table_offset);
  key_capacity_ = header_->key_capacity;
  capacity_ = header_->table_capacity;
  probe_limit_ = std::min(capacity_, kGreatestProbe);
  file_size_ = layout.file_size;
}

base::Result<std::unique_ptr<ReplicaReader>> ReplicaReader::Open(const std::string& path,
                                                                 uint32_t owner) {
  SALLYPORT_ASSIGN(const HostIdentity host, ReadHostIdentity());
  SALLYPORT_ASSIGN(MappedFile file, MappedFile::OpenForReading(path, owner));
  if (file.size() < kReplicaHeaderBytes) {
    return ReplicaError(path + ": " + (file.size() == 0 ? "empty" : "shorter than a header"));
  }
  const auto* header = reinterpret_cast<const ReplicaHeader*>(file.data());
  if (const base::Status status = CheckHeader(*header, file.size(), owner, host); !status) {
    return ReplicaError(path + ": " + status.error().cause);
  }
  const uint8_t* bytes = file.data();
  return std::unique_ptr<ReplicaReader>(new ReplicaReader(std::move(file), bytes));
}

base::Result<std::unique_ptr<ReplicaReader>> ReplicaReader::OverBytes(
    std::span<const uint8_t> bytes, uint32_t owner) {
  SALLYPORT_ASSIGN(const HostIdentity host, ReadHostIdentity());
  if (bytes.size() < kReplicaHeaderBytes) return ReplicaError("shorter than a header");
  const auto* header = reinterpret_cast<const ReplicaHeader*>(bytes.data());
  SALLYPORT_TRY(CheckHeader(*header, bytes.size(), owner, host));
  return std::unique_ptr<ReplicaReader>(new ReplicaReader(MappedFile(), bytes.data()));
}

uint32_t ReplicaReader::FindKey(std::string_view issuer, std::string_view kid) const {
  const uint64_t places = 2 * key_capacity_;
  uint64_t place = HomeOf(KeyNameHash(hash_key_, issuer, kid), places);
  const uint64_t count =
      std::min(key_capacity_, header_->key_count.load(std::memory_order_acquire));
  for (uint64_t probe = 0; probe < places; ++probe) {
    const uint32_t word = index_[place].load(std::memory_order_acquire);
    if (word == 0) return kNoKey;
    const uint32_t slot = word - 1;
    if (slot < count) {
      const KeySlot& key = keys_[slot];
      if (KeyIssuer(key) == issuer && KeyKid(key) == kid) return slot;
    }
    if (++place == places) place = 0;
  }
  return kNoKey;
}

std::span<const uint8_t> ReplicaReader::key_n(uint32_t slot) const {
  const KeySlot& key = keys_[slot];
  return {key.n.data(), std::min<size_t>(key.n_size, key.n.size())};
}

std::span<const uint8_t> ReplicaReader::key_e(uint32_t slot) const {
  const KeySlot& key = keys_[slot];
  return {key.e.data(), std::min<size_t>(key.e_size, key.e.size())};
}

Lease ReplicaReader::CheckLease(uint64_t epoch_before_lookup, const base::Clock& clock) const {
  const int64_t expiry = header_->expiry.load(std::memory_order_acquire);
  const bool superseded = header_->superseded.load(std::memory_order_acquire) != 0;
  const uint64_t epoch = header_->epoch.load(std::memory_order_acquire);
  const int64_t greatest_ttl = header_->greatest_ttl.load(std::memory_order_acquire);
  if (superseded) return Lease::kSuperseded;
  if (expiry <= 0) return Lease::kLapsed;
  if (epoch != epoch_before_lookup || epoch == 0) return Lease::kEpochChanged;
  const int64_t now = clock.BootNanos();
  if (now < 0 || now >= expiry || expiry - now > greatest_ttl) return Lease::kLapsed;
  return Lease::kHolds;
}

}  // namespace sallyport::revocation
