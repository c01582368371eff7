#include "store/lineage.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <concepts>

namespace sallyport::store {
namespace {

constexpr std::string_view kMagic = "SLYPLIN2";
constexpr std::string_view kFirstMagic = "SLYPLIN1";
constexpr size_t kFirstSlotBytes = 128;

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
  Append(bytes, Sum(bytes));
  return bytes;
}

std::optional<WitnessSlot> DecodeWitnessSlot(std::string_view bytes) {
  const bool first = bytes.starts_with(kFirstMagic);
  if (first) bytes = bytes.substr(0, kFirstSlotBytes);
  if (bytes.size() != (first ? kFirstSlotBytes : kWitnessSlotBytes)) return std::nullopt;
  if (!first && !bytes.starts_with(kMagic)) return std::nullopt;
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
  return slot;
}

base::Result<std::optional<std::string>> OlderThanWitness(
    const Witness& witness, const Lineage& lineage, const revocation::LogPosition& head,
    std::optional<uint64_t> copied,
    const std::function<base::Result<std::optional<revocation::LogHash>>(uint64_t)>& hash_at) {
  if (witness.log != lineage.log) {
    const bool past =
        std::find(lineage.past.begin(), lineage.past.end(), witness.log) != lineage.past.end();
    // Whoever recovers takes a generation greater than the witness's.
    if (past && witness.generation < lineage.generation) return Reason();
    return Reason("has seen it recovered, and this copy does not know of that");
  }
  if (witness.generation > lineage.generation) {
    return Reason(fmt::format("has seen generation {} of it, and this is generation {}",
                              witness.generation, lineage.generation));
  }
  // An older file beside a WAL: the two together may well show the newest generation and head.
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
  const std::string_view text(reinterpret_cast<const char*>(id.data()), id.size());
  SALLYPORT_ASSIGN(Committed committed, store.UpdateRevoking([&](Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const std::optional<std::string> record, tx.Get(kForeignLogIdsRecord));
    std::string ids = record.value_or("");
    for (size_t at = 0; at + text.size() <= ids.size(); at += text.size()) {
      if (std::string_view(ids).substr(at, text.size()) == text) return {};
    }
    return tx.Put(kForeignLogIdsRecord, ids.append(text), {});
  }));
  return std::move(committed.outcome);
}

}  // namespace sallyport::store
