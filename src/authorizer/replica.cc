#include "authorizer/replica.h"

#include <algorithm>

namespace sallyport::authorizer {

using revocation::KeyState;
using revocation::ReplicaReader;

Replica::Replica(std::string path, uint32_t owner, const base::Clock& clock)
    : path_(std::move(path)), owner_(owner), clock_(clock) {
  Refresh(false);
}

bool Replica::Refresh(bool superseded) {
  const int64_t now = clock_.BootNanos();
  if (now < open_again_at_) return false;
  if (reader_ && !superseded) {
    if (now < look_again_at_) return false;
    look_again_at_ = now + kRetryNanos;
    if (reader_->IsAt(path_)) return false;
  }
  if (!Open()) {
    open_again_at_ = now + kRetryNanos;
    return false;
  }
  if (reader_->CheckLease(reader_->epoch(), clock_) == revocation::Lease::kSuperseded) {
    open_again_at_ = now + kRetrySupersededNanos;
  }
  return true;
}

bool Replica::Open() {
  auto opened = ReplicaReader::Open(path_, owner_);
  if (!opened) {
    problem_ = std::move(opened).error().cause;
    return false;
  }
  problem_.clear();
  reader_ = std::move(opened).value();
  ++generation_;
  by_slot_.clear();
  return true;
}

uint32_t Replica::SlotOf(const IssuerKey& key) const {
  const uint32_t slot = reader_->FindKey(key.issuer, key.kid);
  if (slot == ReplicaReader::kNoKey) return slot;
  const auto n = reader_->key_n(slot);
  const auto e = reader_->key_e(slot);
  return std::ranges::equal(n, key.key.n()) && std::ranges::equal(e, key.key.e())
             ? slot
             : ReplicaReader::kNoKey;
}

IssuerKey* Replica::FindKey(std::string_view issuer, std::string_view kid) {
  const uint32_t slot = reader_ ? reader_->FindKey(issuer, kid) : ReplicaReader::kNoKey;
  if (slot == ReplicaReader::kNoKey || reader_->key_state(slot) != KeyState::kLive) return nullptr;
  if (by_slot_.size() <= slot) by_slot_.resize(slot + 1);
  IssuerKey*& key = by_slot_[slot];
  if (!key) {
    const auto known = std::find_if(keys_.begin(), keys_.end(), [&](const auto& candidate) {
      return candidate->issuer == issuer && candidate->kid == kid && IsLive(*candidate);
    });
    key = known != keys_.end() ? known->get() : AddKey(issuer, kid, slot);
  }
  return key;
}

IssuerKey* Replica::AddKey(std::string_view issuer, std::string_view kid, uint32_t slot) {
  auto parsed = jose::PublicKey::FromModulus(reader_->key_n(slot), reader_->key_e(slot));
  if (!parsed) return nullptr;
  keys_.push_back(std::make_unique<IssuerKey>(IssuerKey{
      std::string(issuer), std::string(kid), std::move(parsed).value(), slot, generation_}));
  return keys_.back().get();
}

bool Replica::IsLive(IssuerKey& key) const {
  if (key.generation != generation_ || key.slot == ReplicaReader::kNoKey) {
    key.slot = SlotOf(key);
    key.generation = generation_;
  }
  return key.slot != ReplicaReader::kNoKey && reader_->key_state(key.slot) == KeyState::kLive;
}

}  // namespace sallyport::authorizer
