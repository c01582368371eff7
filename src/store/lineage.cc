#include "store/lineage.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <vector>

#include "store/log_bytes.h"

namespace sallyport::store {
namespace {

constexpr std::string_view kMagic = "SLYPLIN3";
constexpr std::string_view kFirstMagic = "SLYPLIN1";
constexpr std::string_view kSecondMagic = "SLYPLIN2";
constexpr size_t kFirstSlotBytes = 128;
constexpr size_t kSecondSlotBytes = 140;

// How often the WAL may have begun anew since the mark was written: after tens of terabytes of
// commits. A WAL from another start, whose salt is random, passes with a probability of one in
// 2^16; an earlier WAL of the same start never does.
constexpr uint32_t kGreatestRestarts = 1U << 16;

using Reason = std::optional<std::string>;

std::array<uint8_t, SHA256_DIGEST_LENGTH> Sum(std::string_view bytes) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> sum{};
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), sum.data());
  return sum;
}

template <std::unsigned_integral Number>
void Append(std::string& bytes, Number number) {
  for (size_t i = 0; i < sizeof(number); ++i) bytes += static_cast<char>(number >> (8 * i));
}

template <size_t kSize>
void Append(std::string& bytes, const std::array<uint8_t, kSize>& part) {
  bytes.append(part.begin(), part.end());
}

template <std::unsigned_integral Number>
void Take(std::string_view& bytes, Number& number) {
  number = 0;
  for (size_t i = 0; i < sizeof(number); ++i) {
    number |= Number{static_cast<uint8_t>(bytes[i])} << (8 * i);
  }
  bytes.remove_prefix(sizeof(number));
}

template <size_t kSize>
void Take(std::string_view& bytes, std::array<uint8_t, kSize>& part) {
  std::copy_n(bytes.begin(), kSize, part.begin());
  bytes.remove_prefix(kSize);
}

}  // namespace

std::string EncodeWitnessSlot(const WitnessSlot& slot) {
  const Witness& witness = slot.witness;
  std::string bytes(kMagic);
  Append(bytes, slot.count);
  Append(bytes, witness.store);
  Append(bytes, witness.log);
  Append(bytes, witness.generation);
  Append(bytes, witness.head.sequence);
  Append(bytes, witness.head.hash);
  Append(bytes, witness.copied);
  Append(bytes, witness.greatest_ttl_millis);
  Append(bytes, static_cast<uint32_t>(witness.wal.kind));
  Append(bytes, witness.wal.salt1);
  Append(bytes, witness.wal.salt2);
  Append(bytes, witness.wal.frames);
  Append(bytes, Sum(bytes));
  return bytes;
}

std::optional<WitnessSlot> DecodeWitnessSlot(std::string_view bytes) {
  const bool first = bytes.starts_with(kFirstMagic);
  const bool second = bytes.starts_with(kSecondMagic);
  const size_t size = first ? kFirstSlotBytes : second ? kSecondSlotBytes : kWitnessSlotBytes;
  if (first || second) bytes = bytes.substr(0, size);
  if (bytes.size() != size) return std::nullopt;
  if (!first && !second && !bytes.starts_with(kMagic)) return std::nullopt;
  const size_t summed = bytes.size() - SHA256_DIGEST_LENGTH;
  const auto sum = Sum(bytes.substr(0, summed));
  if (!std::equal(sum.begin(), sum.end(),
                  reinterpret_cast<const uint8_t*>(bytes.data()) + summed)) {
    return std::nullopt;
  }
  bytes.remove_prefix(kMagic.size());
  WitnessSlot slot;
  Take(bytes, slot.count);
  Take(bytes, slot.witness.store);
  Take(bytes, slot.witness.log);
  Take(bytes, slot.witness.generation);
  Take(bytes, slot.witness.head.sequence);
  Take(bytes, slot.witness.head.hash);
  if (first) return slot;
  Take(bytes, slot.witness.copied);
  Take(bytes, slot.witness.greatest_ttl_millis);
  if (second) return slot;
  WalMark& wal = slot.witness.wal;
  uint32_t kind = 0;
  Take(bytes, kind);
  if (kind > static_cast<uint32_t>(WalMark::Kind::kForeign)) return std::nullopt;
  wal.kind = static_cast<WalMark::Kind>(kind);
  Take(bytes, wal.salt1);
  Take(bytes, wal.salt2);
  Take(bytes, wal.frames);
  return slot;
}

bool IsForeignWal(const WalMark& mark, const std::optional<FoundWal>& found) {
  if (!found) return false;
  if (mark.kind == WalMark::Kind::kNone) return true;
  if (mark.kind != WalMark::Kind::kKnown) return false;
  if (found->salt1 == mark.salt1 && found->salt2 == mark.salt2) return !found->reaches;
  // Each time that the WAL begins anew, SQLite adds 1 to the first salt and chooses the second at
  // random.
  const uint32_t restarts = found->salt1 - mark.salt1;
  return restarts == 0 || restarts > kGreatestRestarts;
}

base::Result<std::optional<std::string>> OlderThanWitness(
    const Witness& witness, const Lineage& lineage, const revocation::LogPosition& head,
    std::optional<uint64_t> copied,
    const std::function<base::Result<std::optional<revocation::LogHash>>(uint64_t)>& hash_at) {
  if (witness.log != lineage.log) {
    const bool past =
        std::find(lineage.past.begin(), lineage.past.end(), witness.log) != lineage.past.end();
    // A recovery uses a generation that is greater than the witness's.
    if (past && witness.generation < lineage.generation) return Reason();
    return Reason("has seen that it was recovered, but this copy does not have that");
  }
  if (witness.generation > lineage.generation) {
    return Reason(fmt::format("has seen generation {} of it, and this is generation {}",
                              witness.generation, lineage.generation));
  }
  if (witness.wal.kind == WalMark::Kind::kForeign) {
    return Reason(
        "has found beside the database a sallyport.db-wal that belongs to another one, or is an "
        "older copy");
  }
  // An older database file with a WAL beside it: the two together may show the newest generation
  // and head.
  if (copied && witness.copied > *copied) {
    return Reason(fmt::format("has seen generation {} in the database file, which now has {}",
                              witness.copied, *copied));
  }
  if (witness.head.sequence > head.sequence) {
    return Reason(fmt::format("has seen entry {} of its log, which now ends at {}",
                              witness.head.sequence, head.sequence));
  }
  SALLYPORT_ASSIGN(const auto hash, hash_at(witness.head.sequence));
  if (hash && *hash != witness.head.hash) {
    return Reason(fmt::format("has seen another entry {} of its log", witness.head.sequence));
  }
  return Reason();
}

base::Status NoteForeignLogId(Store& store, const revocation::LogId& id) {
  SALLYPORT_ASSIGN(Committed committed, store.UpdateRevoking([&](Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const std::optional<std::string> record, tx.Get(kForeignLogIdsRecord));
    SALLYPORT_ASSIGN(auto ids, IdsFrom(record.value_or(""), "list of foreign log ids"));
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) return {};
    ids.push_back(id);
    return tx.Put(kForeignLogIdsRecord, BytesOfIds(ids), {});
  }));
  return std::move(committed.outcome);
}

}  // namespace sallyport::store
