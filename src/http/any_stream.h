// AnyStream: one type for plain and TLS streams, so that the protocol on top of it is compiled only
// once.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace sallyport::http {

// An asynchronous stream as Asio and Beast require. A call reads into the first of its buffers
// only, and writes the first kMostBuffers, which "some" in the names allows. Not thread-safe, like
// any stream.
class AnyStream {
 public:
  using executor_type = boost::asio::any_io_executor;

  virtual ~AnyStream() = default;
  virtual executor_type get_executor() = 0;

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, size_t)>(
        [this](auto handler, boost::asio::mutable_buffer buffer) {
          ReadSome(buffer, Erase(std::move(handler)));
        },
        token, FirstOf(buffers));
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, size_t)>(
        [this](auto handler, const Few& few) { WriteSome(few, Erase(std::move(handler))); }, token,
        Take(buffers));
  }

 protected:
  static constexpr size_t kMostBuffers = 8;
  using Few = std::array<boost::asio::const_buffer, kMostBuffers>;  // unused ones are empty
  using Done = std::function<void(boost::system::error_code, size_t)>;

  virtual void ReadSome(boost::asio::mutable_buffer buffer, Done done) = 0;
  virtual void WriteSome(const Few& buffers, Done done) = 0;

 private:
  template <typename Buffers>
  static boost::asio::mutable_buffer FirstOf(const Buffers& buffers) {
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers); ++at) {
      const boost::asio::mutable_buffer buffer(*at);
      if (buffer.size() > 0) return buffer;
    }
    return {};
  }

  template <typename Buffers>
  static Few Take(const Buffers& buffers) {
    Few few;
    size_t count = 0;
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers) && count < few.size(); ++at) {
      const boost::asio::const_buffer buffer(*at);
      if (buffer.size() > 0) few[count++] = buffer;
    }
    return few;
  }

  // Makes the handler copyable, as std::function requires. The handler runs on its own executor.
  template <typename Handler>
  Done Erase(Handler handler) {
    const auto shared = std::make_shared<Handler>(std::move(handler));
    const auto executor = boost::asio::get_associated_executor(*shared, get_executor());
    return [shared, executor](boost::system::error_code error, size_t size) {
      boost::asio::dispatch(executor, [shared, error, size] { std::move (*shared)(error, size); });
    };
  }
};

// Refers to a Stream that somebody else owns.
template <typename Stream>
class AnyStreamOn final : public AnyStream {
 public:
  explicit AnyStreamOn(Stream& stream) : stream_(stream) {}
  executor_type get_executor() override { return stream_.get_executor(); }

 private:
  void ReadSome(boost::asio::mutable_buffer buffer, Done done) override {
    stream_.async_read_some(buffer, std::move(done));
  }
  void WriteSome(const Few& buffers, Done done) override {
    stream_.async_write_some(buffers, std::move(done));
  }

  Stream& stream_;
};

// Beast calls this when a WebSocket has ended in any way. It does nothing: the owner of the stream
// closes it.
inline void beast_close_socket(AnyStream&) {}
template <typename Handler>
void async_teardown(boost::beast::role_type, AnyStream& stream, Handler&& handler) {
  boost::asio::post(stream.get_executor(), [handler = std::forward<Handler>(handler)]() mutable {
    std::move(handler)(boost::system::error_code());
  });
}

}  // namespace sallyport::http
