#include "http1/body.h"

#include <algorithm>

namespace sallyport::http1 {

const Refusal kBodyTooLong{413, "the body is longer than this server accepts"};

namespace {

constexpr Refusal kChunkSize{400, "a chunk does not begin with its size as a hexadecimal number"};
constexpr Refusal kChunkEnd{400, "a chunk does not end where its size says, with CR LF"};
constexpr Refusal kChunkExtension{400, "a chunk's extension has control characters or is too long"};
// RFC 9110, section 6.5.1: whoever has signed or checked the header has not seen them.
constexpr Refusal kTrailers{400, "this server does not accept fields after the body (trailers)"};

constexpr size_t kMostSizeDigits = 8;
constexpr size_t kMostExtensionBytes = 1024;

// 16: not a hex digit.
unsigned HexOf(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return 16;
}

}  // namespace

Body::Body(const Head& head, uint64_t limit)
    : chunked_(head.chunked), limit_(limit), state_(chunked_ ? State::kSize : State::kData) {
  left_ = head.content_length.value_or(0);
  if (left_ > limit_) refusal_ = &kBodyTooLong;
  if (!chunked_ && left_ == 0) state_ = State::kDone;
}

size_t Body::Decode(std::string_view bytes, size_t most, std::string* out) {
  size_t at = 0;
  size_t given = 0;
  while (at < bytes.size() && refusal_ == nullptr && state_ != State::kDone) {
    if (state_ != State::kData) {
      Step(bytes[at++]);
      continue;
    }
    const size_t size =
        static_cast<size_t>(std::min<uint64_t>(left_, std::min(bytes.size() - at, most - given)));
    if (size == 0) break;
    out->append(bytes, at, size);
    at += size;
    given += size;
    left_ -= size;
    if (left_ == 0) state_ = chunked_ ? State::kDataReturn : State::kDone;
  }
  return at;
}

void Body::Expect(char c, char expected, State next) {
  state_ = next;
  if (c != expected) refusal_ = &kChunkEnd;
}

void Body::Step(char c) {
  switch (state_) {
    case State::kDataReturn:
      return Expect(c, '\r', State::kDataNewline);
    case State::kDataNewline:
      return Expect(c, '\n', State::kSize);
    case State::kSize:
      return StepSize(c);
    case State::kExtension:
      return StepExtension(c);
    case State::kSizeNewline:
      Expect(c, '\n', State::kData);
      return BeginData();
    case State::kLastReturn:
      if (c != '\r') refusal_ = &kTrailers;
      state_ = State::kLastNewline;
      return;
    case State::kLastNewline:
      return Expect(c, '\n', State::kDone);
    case State::kData:
    case State::kDone:
      break;
  }
}

void Body::StepSize(char c) {
  if (const unsigned digit = HexOf(c); digit < 16) {
    if (++digits_ > kMostSizeDigits) refusal_ = &kChunkSize;
    left_ = 16 * left_ + digit;
  } else if (digits_ > 0 && c == '\r') {
    state_ = State::kSizeNewline;
  } else if (digits_ > 0 && c == ';') {
    state_ = State::kExtension;
  } else {
    refusal_ = &kChunkSize;
  }
}

// RFC 9112, section 7.1.1: unknown extensions are ignored, and their length is limited.
void Body::StepExtension(char c) {
  if (c == '\r') {
    state_ = State::kSizeNewline;
  } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f ||
             ++extension_bytes_ > kMostExtensionBytes) {
    refusal_ = &kChunkExtension;
  }
}

void Body::BeginData() {
  if (refusal_ != nullptr) return;
  digits_ = 0;
  total_ += left_;
  if (total_ > limit_) refusal_ = &kBodyTooLong;
  if (left_ == 0) state_ = State::kLastReturn;
}

}  // namespace sallyport::http1
