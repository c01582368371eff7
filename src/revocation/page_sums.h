// PageSums: what one writer has written to each page of a mapping, so that it notices where another
// process wrote there, or where the file system lost it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace sallyport::revocation {

// Not thread-safe. It keeps the sum, modulo 2^64, of the 64-bit words of each page: 8 bytes for
// 4,096. That finds accidents; somebody who chooses what to write can keep the sum as it is.
class PageSums {
 public:
  static constexpr size_t kPageBytes = 4096;

  PageSums() = default;
  // Of the `bytes` at `begin`, whole pages that hold nothing but zeros. They outlive it.
  PageSums(const uint8_t* begin, size_t bytes) : begin_(begin), sums_(bytes / kPageBytes) {}

  size_t pages() const { return sums_.size(); }
  size_t memory_bytes() const { return sums_.size() * sizeof(uint64_t); }

  // The word at `word` has grown by `difference`.
  void Add(const void* word, uint64_t difference) { sums_[PageOf(word)] += difference; }
  // Runs `change`, which writes to the `bytes` at `at` and nowhere else: whole words of one page.
  template <typename Change>
  void Count(const void* at, size_t bytes, Change change) {
    const uint64_t before = Sum(at, bytes);
    change();
    Add(at, Sum(at, bytes) - before);
  }
  // Takes all that is there as written.
  void Accept() {
    for (size_t page = 0; page < sums_.size(); ++page) sums_[page] = SumOf(page);
  }

  // Whether the pages [page, page + count), those of them that there are, hold what was written. A
  // page that nothing was written to is not looked at: it may not be there yet.
  bool Hold(size_t page, size_t count) const {
    const size_t end = std::min(page + std::min(count, sums_.size()), sums_.size());
    for (; page < end; ++page) {
      if (sums_[page] != 0 && sums_[page] != SumOf(page)) return false;
    }
    return true;
  }
  size_t PageOf(const void* word) const {
    return static_cast<size_t>(static_cast<const uint8_t*>(word) - begin_) / kPageBytes;
  }

 private:
  static uint64_t Sum(const void* at, size_t bytes) {
    uint64_t sum = 0;
    for (size_t offset = 0; offset < bytes; offset += sizeof(uint64_t)) {
      uint64_t word = 0;
      std::memcpy(&word, static_cast<const uint8_t*>(at) + offset, sizeof(word));
      sum += word;
    }
    return sum;
  }
  uint64_t SumOf(size_t page) const { return Sum(begin_ + page * kPageBytes, kPageBytes); }

  const uint8_t* begin_ = nullptr;
  std::vector<uint64_t> sums_;
};

}  // namespace sallyport::revocation
