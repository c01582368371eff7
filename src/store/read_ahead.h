// ReadAhead: reads that a call is about to make, made together.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::store {

// A record that another one names: its key is `prefix` and what the record of the key `pointer`
// says, which is its value, or, where `index` is given, the sort of its row in that index without
// the last `tail` bytes.
struct Following {
  std::string pointer;
  std::string prefix;
  std::string index = {};
  size_t tail = 0;
};

// List(index, prefix, nullopt, 1).
struct FirstOf {
  std::string index;
  std::string prefix;
};

struct Reads {
  std::vector<std::string> keys;
  std::vector<Following> following = {};
  std::vector<FirstOf> firsts = {};
};

// Offered by a store to which each read is a journey (Store::read_ahead). Thread-safe.
class ReadAhead {
 public:
  virtual ~ReadAhead() = default;
  // The calling thread will make these reads by the store, or by one Snapshot that it takes from
  // here on, or within its next commit. The first of them that is made (of those that follow, the
  // Get of their pointer) makes all of them, and each later one is given what was read then; a
  // second Get of a key reads it anew. A commit of this thread, or another Expect, ends that.
  virtual void Expect(Reads reads) = 0;
  // The same for reads that will be made after the calling thread's next commit: that makes them
  // too, once it is committed, on its way. Ended by Expect.
  virtual void ExpectAfterCommit(Reads reads) = 0;
};

// Ends it with the call that expected it.
class Expecting {
 public:
  Expecting() = default;
  // Nullptr: the store offers nothing, and nothing is expected.
  Expecting(ReadAhead* ahead, Reads reads) : ahead_(ahead) {
    if (ahead != nullptr) ahead->Expect(std::move(reads));
  }
  // Expects `reads` after the next commit.
  static Expecting AfterCommit(ReadAhead& ahead, Reads reads) {
    Expecting expecting;
    expecting.ahead_ = &ahead;
    ahead.ExpectAfterCommit(std::move(reads));
    return expecting;
  }
  Expecting(ReadAhead& ahead, std::vector<std::string> keys)
      : Expecting(&ahead, Reads{std::move(keys)}) {}
  Expecting(Expecting&& other) noexcept : ahead_(std::exchange(other.ahead_, nullptr)) {}
  // What `other` expects has ended what this one did.
  Expecting& operator=(Expecting&& other) noexcept {
    if (other.ahead_ == nullptr) End();
    ahead_ = std::exchange(other.ahead_, nullptr);
    return *this;
  }
  ~Expecting() { End(); }
  // Whether it expects anything.
  explicit operator bool() const { return ahead_ != nullptr; }

 private:
  void End() {
    if (ahead_ != nullptr) ahead_->Expect({});
  }

  ReadAhead* ahead_ = nullptr;
};

}  // namespace sallyport::store
