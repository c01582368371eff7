#include "store/history.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "store/log_bytes.h"

namespace sallyport::store {
namespace {

bool Has(const std::vector<revocation::LogId>& ids, const revocation::LogId& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

void History::Begin(Lineage lineage, std::optional<std::string> restored,
                    uint32_t greatest_ttl_millis, uint64_t copied) {
  const std::lock_guard lock(mutex_);
  lineage_ = std::move(lineage);
  restored_ = restored.has_value();
  reason_ = std::move(restored).value_or("");
  greatest_ttl_millis_ = greatest_ttl_millis;
  copied_ = copied;
}

Lineage History::lineage() const {
  const std::lock_guard lock(mutex_);
  return lineage_;
}

bool History::IsPast(const revocation::LogId& id) const {
  const std::lock_guard lock(mutex_);
  return Has(lineage_.past, id);
}

uint64_t History::generation() const {
  const std::lock_guard lock(mutex_);
  return lineage_.generation;
}

void History::SetGeneration(uint64_t generation) {
  const std::lock_guard lock(mutex_);
  lineage_.generation = generation;
}

void History::Adopt(const Lineage& lineage) {
  const std::lock_guard lock(mutex_);
  lineage_ = lineage;
}

std::string History::restored_reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

std::string History::NoteRestored(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (reason_.empty()) reason_ = reason;
  restored_ = true;
  return reason_;
}

void History::BeginAnew(const Lineage& lineage) {
  const std::lock_guard lock(mutex_);
  lineage_ = lineage;
  reason_.clear();
  restored_ = false;
}

uint32_t History::greatest_ttl_millis() const {
  const std::lock_guard lock(mutex_);
  return greatest_ttl_millis_;
}

bool History::RaiseGreatestTtl(uint32_t ttl_millis) {
  const std::lock_guard lock(mutex_);
  if (greatest_ttl_millis_ >= ttl_millis) return false;
  greatest_ttl_millis_ = ttl_millis;
  return true;
}

void History::NoteCopied(uint64_t generation) {
  const std::lock_guard lock(mutex_);
  // A greater one than the present is from before a recovery.
  if (generation <= lineage_.generation) copied_ = std::max(copied_, generation);
}

Witness History::MakeWitness() const {
  const std::lock_guard lock(mutex_);
  return {.store = lineage_.store,
          .log = lineage_.log,
          .generation = lineage_.generation,
          .head = {},
          .copied = copied_,
          .greatest_ttl_millis = greatest_ttl_millis_};
}

base::Result<Lineage> NextHistory(const Lineage& before, const std::optional<Witness>& seen,
                                  std::string_view foreign_ids, const revocation::LogId& log) {
  std::vector<revocation::LogId> ended{before.log};
  if (seen) ended.push_back(seen->log);
  SALLYPORT_ASSIGN(const auto foreign, IdsFrom(foreign_ids, "list of foreign log ids"));
  ended.insert(ended.end(), foreign.begin(), foreign.end());
  Lineage next = before;
  for (const revocation::LogId& id : ended) {
    if (!Has(next.past, id)) next.past.push_back(id);
  }
  next.log = log;
  next.generation = std::max(before.generation, seen ? seen->generation : 0) + 1;
  return next;
}

}  // namespace sallyport::store
