// ReadAhead: reads that a call is about to make, made together.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sallyport::store {

// Offered by a store to which each read is a journey (Store::read_ahead). Thread-safe.
class ReadAhead {
 public:
  virtual ~ReadAhead() = default;
  // The calling thread will Get these keys from the store, or from one Snapshot that it takes from
  // here on, or within its next commit. The first such Get reads all of them,
  // and each later one is given what was read then; a second Get of a key reads it anew. A commit
  // of this thread, or another Expect, ends that.
  virtual void Expect(std::vector<std::string> keys) = 0;
};

// Ends it with the call that expected it.
class Expecting {
 public:
  Expecting() = default;
  Expecting(ReadAhead& ahead, std::vector<std::string> keys) : ahead_(&ahead) {
    ahead.Expect(std::move(keys));
  }
  Expecting(Expecting&& other) noexcept : ahead_(std::exchange(other.ahead_, nullptr)) {}
  Expecting& operator=(Expecting&& other) noexcept {
    std::swap(ahead_, other.ahead_);
    return *this;
  }
  ~Expecting() {
    if (ahead_ != nullptr) ahead_->Expect({});
  }

 private:
  ReadAhead* ahead_ = nullptr;
};

}  // namespace sallyport::store
