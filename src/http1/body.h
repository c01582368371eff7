// The body of a request (RFC 9112, sections 6 and 7), decoded piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http1/head.h"

namespace sallyport::http1 {

class Body {
 public:
  // Keeps no reference to `head`. `limit` is the greatest size of a body that is accepted.
  Body(const Head& head, uint64_t limit);

  // Decodes the bytes that have arrived and appends the content to `out`, at most `most` bytes.
  // Gives how many bytes were used up; the rest belongs to the next request, or has to be passed
  // again.
  size_t Decode(std::string_view bytes, size_t most, std::string* out);

  // The whole body was decoded.
  bool done() const { return refusal_ == nullptr && state_ == State::kDone; }
  // Not null: the body is refused, and the connection must be closed.
  const Refusal* refusal() const { return refusal_; }
  // How many more bytes are known to follow; for a chunked body, in the present chunk.
  uint64_t expected() const { return left_; }

 private:
  // What is expected next. A body of known length is kData until it is done.
  enum class State {
    kData,
    kDataReturn,  // the CR LF after a chunk's data
    kDataNewline,
    kSize,
    kExtension,
    kSizeNewline,
    kLastReturn,  // the CR LF after the last chunk or the trailers
    kLastNewline,
    kDone
  };

  void Step(char c);
  void StepSize(char c);
  void StepExtension(char c);
  void BeginData();
  // Requires that `c` is `expected`, and goes on to `next`.
  void Expect(char c, char expected, State next);

  const bool chunked_;
  const uint64_t limit_;
  State state_;
  const Refusal* refusal_ = nullptr;
  uint64_t left_ = 0;   // in the body or in the present chunk
  uint64_t total_ = 0;  // in all chunks so far
  size_t digits_ = 0;
  size_t extension_bytes_ = 0;  // in all chunks
};

// The body is longer than the listener accepts.
extern const Refusal kBodyTooLong;

}  // namespace sallyport::http1
