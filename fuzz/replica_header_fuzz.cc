// Any bytes as a Replica: it is refused, or can be read without going outside of it. The first byte
// says how much of the file's identity is made correct first, so that the code behind those checks
// is reached; the other bytes are written over the file from the start of the header.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "revocation/replica_reader.h"

namespace {

using namespace sallyport;
using namespace sallyport::revocation;

constexpr uint64_t kKeys = 2;
constexpr uint64_t kWords = 512;
constexpr ReplicaLayout kLayout = LayoutOf(kKeys, kWords);

struct Free {
  void operator()(uint8_t* bytes) const { ::operator delete (bytes, std::align_val_t{64}); }
};

void MakeIdentityRight(ReplicaHeader& header) {
  static const HostIdentity host = ReadHostIdentity().value();
  header.magic = kReplicaMagic;
  header.format = kReplicaFormat;
  header.owner = geteuid();
  header.file_size = kLayout.file_size;
  header.boot_id = host.boot_id;
  header.time_namespace = host.time_namespace;
}

void Use(const ReplicaReader& reader) {
  const base::ManualClock clock;
  const uint64_t epoch = reader.epoch();
  for (const char* subject : {"", "a", "another subject, longer than a word"}) {
    const uint64_t hash = reader.Hash(Kind::kFamily, subject);
    reader.Prefetch(hash);
    (void)reader.Contains(hash);
  }
  (void)reader.Contains(UINT64_MAX);
  for (const char* issuer : {"", "i"}) {
    for (const char* kid : {"", "k"}) {
      const uint32_t slot = reader.FindKey(issuer, kid);
      if (slot == ReplicaReader::kNoKey) continue;
      volatile uint8_t sum = 0;
      for (const uint8_t byte : reader.key_n(slot)) sum = sum ^ byte;
      for (const uint8_t byte : reader.key_e(slot)) sum = sum ^ byte;
      (void)reader.key_state(slot);
    }
  }
  (void)reader.CheckLease(epoch, clock);
  (void)reader.WallMillis(clock);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const uint8_t mode = *data++;
  --size;
  const size_t file_size = mode % 4 == 3 ? size : kLayout.file_size;
  const std::unique_ptr<uint8_t, Free> bytes(
      static_cast<uint8_t*>(::operator new (std::max<size_t>(file_size, 1), std::align_val_t{64})));
  std::memset(bytes.get(), 0, file_size);
  std::memcpy(bytes.get(), data, std::min(size, file_size));
  if (file_size == kLayout.file_size && mode % 4 != 0) {
    auto* header = reinterpret_cast<ReplicaHeader*>(bytes.get());
    MakeIdentityRight(*header);
    if (mode % 4 == 1) {
      header->key_capacity = kKeys;
      header->table_capacity = kWords;
    }
  }
  const auto reader = ReplicaReader::OverBytes({bytes.get(), file_size}, geteuid());
  if (reader.ok()) Use(**reader);
  return 0;
}
