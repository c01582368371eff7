// The head of a request (RFC 9112), judged strictly: what two readers could understand differently
// is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sallyport::http1 {

// Why a request is not taken. The connection is closed after the answer: where the next request
// would begin is not known.
struct Refusal {
  int status;
  std::string_view why;
};

// Whether the value of a Host field is "name", "127.0.0.1:80" or "[::1]:80". Narrower than RFC
// 3986's reg-name.
bool IsHost(std::string_view value);

struct Field {
  std::string_view name;
  std::string_view value;  // without blanks around it
};

// Views into the bytes that were parsed.
struct Head {
  std::string_view method;
  std::string_view target;  // "/path?query", or "*" of OPTIONS
  bool http11 = false;      // else HTTP/1.0
  std::vector<Field> fields;
  // At most one of these two: how the body is framed. Neither: there is none.
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = false;        // the client would go on with this connection
  bool expects_continue = false;  // RFC 9110 section 10.1.1

  // The value of the first field of this name, in any case; empty where there is none.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
};

// Finds the end of a head in bytes that come piece by piece.
class HeadScanner {
 public:
  // `bytes` is all that came so far, from the head's first byte on. The head's length with its
  // empty line; 0: it has not come to its end, or is refused.
  size_t Look(std::string_view bytes);
  // Not null: what came can be no head, whatever follows.
  const Refusal* refusal() const { return refusal_; }

 private:
  size_t looked_at_ = 0;
  const Refusal* refusal_ = nullptr;
};

// Takes a complete head apart, into `head`. Null: it is accepted.
const Refusal* ParseHead(std::string_view bytes, Head* head);

// The head is longer than the listener takes.
extern const Refusal kHeadTooLong;

}  // namespace sallyport::http1
