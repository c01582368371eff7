// Memory in huge pages. What a gate reads of ten thousand tokens lies on thousands of small pages,
// more than a processor remembers the addresses of, and each one forgotten costs a decision more
// than the bytes do.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace sallyport::authorizer {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

// For containers. Less than a huge page, and memory of a host that gives none, is of small pages.
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
