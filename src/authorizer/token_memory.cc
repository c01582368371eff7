#include "authorizer/token_memory.h"

// A slot that was returned is treated as freed memory.
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(begin, size) static_cast<void>(begin)
#define ASAN_UNPOISON_MEMORY_REGION(begin, size) static_cast<void>(begin)
#endif

namespace sallyport::authorizer {
namespace {

constexpr size_t kSlotsPerChunk = kHugePageBytes / TokenMemory::kSlotBytes;
using Chunks = HugePageAllocator<std::byte>;

}  // namespace

TokenMemory::~TokenMemory() {
  for (std::byte* const chunk : chunks_) {
    ASAN_UNPOISON_MEMORY_REGION(chunk, kHugePageBytes);
    Chunks().deallocate(chunk, kHugePageBytes);
  }
}

void* TokenMemory::Take() {
  if (free_.empty()) Grow();
  void* const slot = free_.back();
  free_.pop_back();
  ASAN_UNPOISON_MEMORY_REGION(slot, kSlotBytes);
  return slot;
}

void TokenMemory::Give(void* slot) noexcept {
  ASAN_POISON_MEMORY_REGION(slot, kSlotBytes);
  free_.push_back(slot);
}

void TokenMemory::Grow() {
  chunks_.reserve(chunks_.size() + 1);
  free_.reserve((chunks_.size() + 1) * kSlotsPerChunk);
  std::byte* const chunk = Chunks().allocate(kHugePageBytes);
  chunks_.push_back(chunk);
  ASAN_POISON_MEMORY_REGION(chunk, kHugePageBytes);
  for (size_t i = kSlotsPerChunk; i-- > 0;) free_.push_back(chunk + i * kSlotBytes);
}

}  // namespace sallyport::authorizer
