// Reads requests from a stream of Asio's kind, within the limit of memory.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "http1/body.h"
#include "http1/head.h"
#include "http1/memory.h"

namespace sallyport::http1 {

// How much is read at once, also of a body that turns out to be long.
inline constexpr size_t kPiece = 4 * 1024;
inline constexpr size_t kLargePiece = 16 * 1024;

inline std::string_view View(const boost::beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

// Reads what has arrived, at most `most` bytes.
template <typename Stream>
boost::asio::awaitable<boost::system::error_code> ReadMore(Stream& stream,
                                                           boost::beast::flat_buffer& buffer,
                                                           size_t most = kPiece) {
  boost::system::error_code error;
  const size_t size = co_await stream.async_read_some(
      buffer.prepare(most), boost::asio::redirect_error(boost::asio::use_awaitable, error));
  buffer.commit(size);
  co_return error;
}

struct Incoming {
  Head head;                         // refers to the buffer
  size_t bytes = 0;                  // length of the head in the buffer
  const Refusal* refusal = nullptr;  // not null: there is no valid head
};

// Reads until the buffer begins with a complete head of at most `limit` bytes, and parses it. An
// error: the peer has closed the connection.
template <typename Stream>
boost::asio::awaitable<boost::system::error_code> ReadHead(Stream& stream,
                                                           boost::beast::flat_buffer& buffer,
                                                           size_t limit, Held& memory,
                                                           Incoming& incoming) {
  HeadScanner scanner;
  for (;;) {
    incoming.bytes = scanner.Look(View(buffer));
    incoming.refusal = scanner.refusal();
    const bool long_head = incoming.bytes == 0 ? buffer.size() >= limit : incoming.bytes > limit;
    if (!incoming.refusal && long_head) incoming.refusal = &kHeadTooLong;
    if (incoming.refusal) co_return boost::system::error_code();
    if (incoming.bytes > 0) break;
    // A buffer that grows at least doubles. What a first read needs is always there.
    if (!memory.Set(2 * buffer.size() + kPiece) && buffer.size() > 0) {
      incoming.refusal = &kNoMemory;
      co_return boost::system::error_code();
    }
    const boost::system::error_code error = co_await ReadMore(stream, buffer);
    if (error) co_return error;
  }
  incoming.refusal = ParseHead(View(buffer).substr(0, incoming.bytes), &incoming.head);
  co_return boost::system::error_code();
}

// Makes room in `out` for `more` bytes. False: the memory limit is reached.
inline bool MakeRoom(const boost::beast::flat_buffer& buffer, size_t more, Held& memory,
                     std::string* out) {
  if (out->size() + more <= out->capacity()) return true;
  const size_t room = std::max(out->size() + more, 2 * out->capacity());
  if (!memory.Set(buffer.capacity() + room)) return false;
  out->reserve(room);
  return true;
}

// Reads the rest of `body`, whose beginning may be in the buffer, into `out`. `*refusal` is set
// where the body is refused or there is no memory for it. An error: the peer has closed the
// connection.
template <typename Stream>
boost::asio::awaitable<boost::system::error_code> ReadBody(Stream& stream,
                                                           boost::beast::flat_buffer& buffer,
                                                           Body& body, Held& memory,
                                                           std::string& out,
                                                           const Refusal** refusal) {
  while (!body.done()) {
    if (!MakeRoom(buffer, buffer.size(), memory, &out)) {
      *refusal = &kNoMemory;
      co_return boost::system::error_code();
    }
    buffer.consume(body.Decode(View(buffer), buffer.size(), &out));
    *refusal = body.refusal();
    if (*refusal) co_return boost::system::error_code();
    if (body.done()) break;
    const size_t piece = out.size() < kLargePiece ? kPiece : kLargePiece;
    const boost::system::error_code error = co_await ReadMore(stream, buffer, piece);
    if (error) co_return error;
  }
  co_return boost::system::error_code();
}

}  // namespace sallyport::http1
