// Reading requests from a stream of Asio's kind.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <string_view>

#include "http1/head.h"

namespace sallyport::http1 {

inline std::string_view View(const boost::beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

// Reads what has come, at most `most` bytes.
template <typename Stream>
boost::asio::awaitable<boost::system::error_code> ReadMore(Stream& stream,
                                                           boost::beast::flat_buffer& buffer,
                                                           size_t most) {
  boost::system::error_code error;
  const size_t size = co_await stream.async_read_some(
      buffer.prepare(most), boost::asio::redirect_error(boost::asio::use_awaitable, error));
  buffer.commit(size);
  co_return error;
}

struct Incoming {
  Head head;                         // views into the buffer
  size_t bytes = 0;                  // of the buffer: what it takes
  const Refusal* refusal = nullptr;  // not null: there is no head
};

// Reads until a head of at most `limit` bytes is at the buffer's begin, and judges it. An error:
// the peer is gone.
template <typename Stream>
boost::asio::awaitable<boost::system::error_code> ReadHead(Stream& stream,
                                                           boost::beast::flat_buffer& buffer,
                                                           size_t limit, Incoming& incoming) {
  constexpr size_t kPiece = 4096;
  HeadScanner scanner;
  for (;;) {
    incoming.bytes = scanner.Look(View(buffer));
    incoming.refusal = scanner.refusal();
    const bool long_head = incoming.bytes == 0 ? buffer.size() >= limit : incoming.bytes > limit;
    if (!incoming.refusal && long_head) incoming.refusal = &kHeadTooLong;
    if (incoming.refusal) co_return boost::system::error_code();
    if (incoming.bytes > 0) break;
    const boost::system::error_code error = co_await ReadMore(stream, buffer, kPiece);
    if (error) co_return error;
  }
  incoming.refusal = ParseHead(View(buffer).substr(0, incoming.bytes), &incoming.head);
  co_return boost::system::error_code();
}

}  // namespace sallyport::http1
