// ReadAhead: reads that a call is about to make, made together.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::store {

// A record whose key is found in another record. The key is `prefix` followed by a text from the
// record `pointer`: the value of that record, or, where `index` is given, the sort of its row in
// that index without the last `tail` bytes.
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

// Offered by a store in which each read is a round trip to a database (Store::read_ahead).
// Thread-safe.
class ReadAhead {
 public:
  virtual ~ReadAhead() = default;
  // Tells which reads the calling thread will make: from the store, from one Snapshot that it takes
  // from here on, or within its next commit. The first of them that is made (for a Following, the
  // Get of its pointer) makes all of them in one round trip, and each later one gets what was read
  // then; but a second Get of a key reads it again. A commit of this thread, or another Expect,
  // ends this.
  virtual void Expect(Reads reads) = 0;
  // The same for reads that will be made after the calling thread's next commit. They are made in
  // the round trip of that commit, once it is committed. Expect ends this.
  virtual void ExpectAfterCommit(Reads reads) = 0;
};

// What one call expects to read. The destructor ends the expectation.
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
  // This one need not be ended if `other` expects something: that has ended it already.
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
