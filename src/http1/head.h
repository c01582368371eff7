// The head of a request (RFC 9112). It is parsed strictly: what two parsers might understand
// differently is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sallyport::http1 {

// Why a request is refused. The connection is closed after the answer, since it is not known where
// the next request would begin.
struct Refusal {
  int status;
  std::string_view why;
};

// Whether a value is a valid Host header, such as "name", "127.0.0.1:80" or "[::1]:80". It accepts
// less than reg-name in RFC 3986.
bool IsHost(std::string_view value);

struct Field {
  std::string_view name;
  std::string_view value;  // without spaces around it
};

// Views into the bytes that were parsed.
struct Head {
  std::string_view method;
  std::string_view target;  // "/path?query", or "*" for OPTIONS
  bool http11 = false;      // otherwise HTTP/1.0
  std::vector<Field> fields;
  // At most one of these two is set; it says how the body is delimited. Neither: there is no body.
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = false;        // the client wants to keep the connection open
  bool expects_continue = false;  // RFC 9110 section 10.1.1

  // The value of the first header of this name, in any letter case; empty where there is none.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
};

// Finds the end of a head whose bytes arrive piece by piece.
class HeadScanner {
 public:
  // `bytes` is everything that has arrived so far, beginning with the first byte of the head. Gives
  // the length of the head including its empty line; 0: it is not complete, or is refused.
  size_t Look(std::string_view bytes);
  // Not null: whatever follows, this is not a valid head.
  const Refusal* refusal() const { return refusal_; }

 private:
  size_t looked_at_ = 0;
  const Refusal* refusal_ = nullptr;
};

// Parses a complete head into `head`. Null: it is accepted.
const Refusal* ParseHead(std::string_view bytes, Head* head);

// The head is longer than the listener accepts.
extern const Refusal kHeadTooLong;

}  // namespace sallyport::http1
