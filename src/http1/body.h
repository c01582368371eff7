// The body of a request (RFC 9112 sections 6 and 7), decoded piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http1/head.h"

namespace sallyport::http1 {

class Body {
 public:
  // Nothing of `head` is kept. `limit`: the most bytes of body that are taken.
  Body(const Head& head, uint64_t limit);

  // Takes bytes as they come, and appends to `out` what of them is body, at most `most` bytes. How
  // many were taken; the others are the next request's, or wait for the next call.
  size_t Decode(std::string_view bytes, size_t most, std::string* out);

  // All of it was taken.
  bool done() const { return refusal_ == nullptr && state_ == State::kDone; }
  // Not null: it is not taken, and the connection is of no more use.
  const Refusal* refusal() const { return refusal_; }
  // What is known to come still; of a chunked body the rest of its chunk.
  uint64_t expected() const { return left_; }

 private:
  // What comes next. A body of a known length is kData until it is done.
  enum class State {
    kData,
    kDataReturn,  // the CR LF after a chunk's data
    kDataNewline,
    kSize,
    kExtension,
    kSizeNewline,
    kLastReturn,  // the CR LF after the last chunk, or trailers
    kLastNewline,
    kDone
  };

  void Step(char c);
  void StepSize(char c);
  void StepExtension(char c);
  void BeginData();
  // `c` is `expected`, and `next` comes after it.
  void Expect(char c, char expected, State next);

  const bool chunked_;
  const uint64_t limit_;
  State state_;
  const Refusal* refusal_ = nullptr;
  uint64_t left_ = 0;   // of the body, or of the chunk
  uint64_t total_ = 0;  // of all chunks so far
  size_t digits_ = 0;
  size_t extension_bytes_ = 0;  // of all chunks
};

// The body is longer than the listener takes.
extern const Refusal kBodyTooLong;

}  // namespace sallyport::http1
