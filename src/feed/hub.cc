#include "feed/hub.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "feed/core.h"

namespace sallyport::feed {

namespace asio = boost::asio;

Hub::Hub(const asio::any_io_executor& executor, store::Store& store, const base::Clock& clock,
         Options options)
    : core_(std::make_shared<Core>(executor, store, clock, std::move(options))) {}

Hub::~Hub() {
  Stop();
}

base::Status Hub::Start() {
  return core_->Start();
}

asio::awaitable<void> Hub::Serve(std::shared_ptr<Connection> connection) {
  const auto core = core_;
  co_await asio::co_spawn(core->strand(), core->Serve(std::move(connection)), asio::use_awaitable);
}

asio::awaitable<bool> Hub::AwaitRelease(uint64_t head) {
  const auto core = core_;
  if (!core->options().confirm) co_return true;
  const bool released =
      co_await asio::co_spawn(core->strand(), core->Await(head), asio::use_awaitable);
  co_return released;
}

int64_t Hub::hold_millis() const {
  return core_->hold_millis();
}

bool Hub::restored_store() const {
  return core_->restored();
}

asio::awaitable<bool> Hub::Withdraw(std::string name, std::string key_id) {
  const auto core = core_;
  const bool over = co_await asio::co_spawn(
      core->strand(), core->Withdraw(std::move(name), std::move(key_id)), asio::use_awaitable);
  co_return over;
}

asio::awaitable<Status> Hub::GetStatus() {
  const auto core = core_;
  const auto make = [](Core& of) -> asio::awaitable<Status> { co_return of.MakeStatus(); };
  Status status = co_await asio::co_spawn(core->strand(), make(*core), asio::use_awaitable);
  co_return status;
}

asio::awaitable<void> Hub::Retire() {
  const auto core = core_;
  co_await asio::co_spawn(core->strand(), core->Retire(), asio::use_awaitable);
}

void Hub::Stop() {
  core_->Stop();
}

}  // namespace sallyport::feed
