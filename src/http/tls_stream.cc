#include "http/tls_stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <utility>

#include "http/error_token.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// The size of a TLS record, so that joined buffers are sent as one record.
constexpr size_t kMostJoinedBytes = 16 * 1024;

// For an operation that has failed for good.
error_code ErrorOf(int kind) {
  if (kind == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  if (kind == SSL_ERROR_SYSCALL && errno != 0) {
    return {errno, boost::system::system_category()};
  }
  const unsigned long error = ERR_get_error();
  if (error == 0) return asio::error::connection_reset;
  return {static_cast<int>(error), asio::error::get_ssl_category()};
}

}  // namespace

TlsStream::TlsStream(tcp::socket socket, std::shared_ptr<SSL_CTX> context)
    : socket_(std::move(socket)), context_(std::move(context)) {
  error_code error;
  socket_.non_blocking(true, error);
}

asio::awaitable<error_code> TlsStream::WaitForBytes() {
  error_code error;
  // OpenSSL may have read further than it was asked to.
  if (ssl_ && SSL_has_pending(ssl_.get()) == 1) co_return error;
  co_await socket_.async_wait(tcp::socket::wait_read, ErrorInto(error));
  co_return error;
}

asio::awaitable<error_code> TlsStream::Handshake() {
  error_code error;
  ssl_.reset(SSL_new(context_.get()));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) {
    co_return asio::error::no_memory;
  }
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_accept(ssl_.get());
    if (result == 1) co_return error_code();
    const int kind = SSL_get_error(ssl_.get(), result);
    if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE) co_return ErrorOf(kind);
    const auto wait =
        kind == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write;
    co_await socket_.async_wait(wait, ErrorInto(error));
    if (error) co_return error;
  }
}

void TlsStream::Close() {
  if (!ssl_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

template <typename Try>
void TlsStream::Run(Try attempt, Done done, bool inside) {
  ERR_clear_error();
  errno = 0;
  size_t size = 0;
  const int result = attempt(size);
  error_code error;
  if (result != 1) {
    const int kind = SSL_get_error(ssl_.get(), result);
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
      const auto wait =
          kind == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write;
      socket_.async_wait(wait, [this, attempt, done = std::move(done)](error_code failed) {
        if (failed) return done(failed, 0);
        Run(attempt, done, true);
      });
      return;
    }
    error = ErrorOf(kind);
  }
  if (inside) return done(error, size);
  asio::post(get_executor(), [done = std::move(done), error, size] { done(error, size); });
}

void TlsStream::ReadSome(asio::mutable_buffer buffer, Done done) {
  Run([this, buffer](
          size_t& size) { return SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size); },
      std::move(done), false);
}

void TlsStream::WriteSome(const Few& buffers, Done done) {
  size_t total = 0;
  size_t count = 0;
  for (const asio::const_buffer& buffer : buffers) {
    total += buffer.size();
    count += buffer.size() > 0 ? 1 : 0;
  }
  asio::const_buffer all = buffers[0];
  if (count > 1 && total <= kMostJoinedBytes) {
    joined_.clear();
    for (const asio::const_buffer& buffer : buffers) {
      joined_.append(static_cast<const char*>(buffer.data()), buffer.size());
    }
    all = asio::buffer(joined_);
  }
  if (all.size() == 0) return asio::post(get_executor(), [done] { done({}, 0); });
  Run([this, all](size_t& size) { return SSL_write_ex(ssl_.get(), all.data(), all.size(), &size); },
      [this, done = std::move(done)](error_code error, size_t size) {
        std::string().swap(joined_);
        done(error, size);
      },
      false);
}

}  // namespace sallyport::http
