// Allocates memory in huge pages. What a gate reads for ten thousand tokens is spread over
// thousands of small pages, more than a processor keeps in its TLB; and each TLB miss costs a
// decision more than reading the bytes.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace sallyport::authorizer {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

// An allocator for containers. Blocks smaller than a huge page, and hosts without huge pages, get
// small pages.
template <typename T>
struct HugePageAllocator {
  using value_type = T;

  HugePageAllocator() = default;
  template <typename Other>
  HugePageAllocator(const HugePageAllocator<Other>&) {}  // NOLINT: the standard asks for it

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    void* const memory = ::operator new(bytes, AlignmentOf(bytes));
    if (bytes >= kHugePageBytes) madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) noexcept {
    ::operator delete(memory, AlignmentOf(count * sizeof(T)));
  }
  bool operator==(const HugePageAllocator&) const = default;

 private:
  static constexpr std::align_val_t AlignmentOf(size_t bytes) {
    return std::align_val_t{bytes >= kHugePageBytes ? kHugePageBytes : alignof(T)};
  }
};

}  // namespace sallyport::authorizer
