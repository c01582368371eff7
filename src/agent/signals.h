// What a program that follows the feed does at signals.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>

namespace sallyport::agent {

// From its construction to its end: at SIGTERM or SIGINT `stop` is called and `io` stops, whatever
// still waits there. At each SIGHUP the log file is opened anew, and then `reload` is called.
class Signals {
 public:
  Signals(boost::asio::io_context& io, std::function<void()> stop, std::function<void()> reload);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void AwaitReload();

  boost::asio::signal_set ends_, reloads_;
  const std::function<void()> reload_;
};

}  // namespace sallyport::agent
