#include "agent/signals.h"

#include <csignal>
#include <utility>

#include "base/log.h"

namespace sallyport::agent {

Signals::Signals(boost::asio::io_context& io, std::function<void()> stop,
                 std::function<void()> reload)
    : ends_(io, SIGINT, SIGTERM), reloads_(io, SIGHUP), reload_(std::move(reload)) {
  ends_.async_wait([&io, stop = std::move(stop)](const boost::system::error_code& error, int) {
    if (error) return;
    stop();
    io.stop();  // so that an attempt to connect need not be waited for
  });
  AwaitReload();
}

void Signals::AwaitReload() {
  reloads_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    if (const base::Status opened = base::ReopenLogFile(); !opened) {
      base::LogError("not reloaded: the old one stays",
                     {{"what", "log file"}, {"cause", opened.error().message}});
    }
    reload_();
    AwaitReload();
  });
}

}  // namespace sallyport::agent
