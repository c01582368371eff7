// PageSums: remembers what one writer has written to each page of a mapping. It detects when
// another process has written there, or when the file system has lost something.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace sallyport::revocation {

// Not thread-safe. It stores the sum, modulo 2^64, of the 64-bit words of each page: 8 bytes for
// each 4,096. This finds accidents, not attacks: somebody who chooses what to write can keep the
// sum unchanged.
class PageSums {
 public:
  static constexpr size_t kPageBytes = 4096;

  PageSums() = default;
  // For the `bytes` at `begin`, which must be whole pages of zeros and outlive the object.
  PageSums(const uint8_t* begin, size_t bytes) : begin_(begin), sums_(bytes / kPageBytes) {}

  size_t pages() const { return sums_.size(); }
  size_t memory_bytes() const { return sums_.size() * sizeof(uint64_t); }

  // Tells that the word at `word` has been increased by `difference`.
  void Add(const void* word, uint64_t difference) { sums_[PageOf(word)] += difference; }
  // Runs `change`, which may write only to the `bytes` at `at`: whole words within one page.
  template <typename Change>
  void Count(const void* at, size_t bytes, Change change) {
    const uint64_t before = Sum(at, bytes);
    change();
    Add(at, Sum(at, bytes) - before);
  }
  // Accepts everything that is there now as written.
  void Accept() {
    for (size_t page = 0; page < sums_.size(); ++page) sums_[page] = SumOf(page);
  }

  // Whether the pages [page, page + count), as far as they exist, contain what was written. A page
  // that was never written to is not read: it may not be allocated yet.
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
