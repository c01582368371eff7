#include "feed/other_servers.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace sallyport::feed {
namespace {

namespace asio = boost::asio;

constexpr auto kNewsPoll = std::chrono::milliseconds(2);
constexpr auto kNewsTime = std::chrono::seconds(5);

}  // namespace

OtherServers::OtherServers(store::Store& store) : store_(store), peers_(store.peers()) {}

void OtherServers::TakeOver() {
  if (peers_ == nullptr) return;
  peers_->TakeOver();
  seen_ = peers_->Seen();
}

void OtherServers::OnBeat(std::function<void()> on_beat) {
  if (peers_ != nullptr) peers_->OnBeat(std::move(on_beat));
}

uint64_t OtherServers::AskForBeat() {
  return peers_ == nullptr ? 0 : peers_->AskForBeat();
}

bool OtherServers::Confirmed(uint64_t beat) const {
  return peers_ == nullptr || beat <= seen_.beat;
}

bool OtherServers::Released(uint64_t head) const {
  return peers_ == nullptr || seen_.others_hold >= head;
}

OtherServers::News OtherServers::Learn() {
  News news;
  if (peers_ == nullptr) return news;
  const store::PeersSeen seen = peers_->Seen();
  if (seen.registration != seen_.registration) news.registered_anew = seen.holds_from;
  news.others_settled = seen.others_settled;
  news.withdrawn = seen.withdrawals != seen_.withdrawals;
  seen_ = seen;
  return news;
}

void OtherServers::Hold(uint64_t position, bool settled) {
  if (peers_ != nullptr) peers_->Hold(position, settled);
}

asio::awaitable<bool> OtherServers::AwaitNews(SessionHost::Strand strand) const {
  if (peers_ == nullptr) co_return true;
  const uint64_t beat = peers_->AskForBeat();
  const auto until = std::chrono::steady_clock::now() + kNewsTime;
  asio::steady_timer timer(strand);
  std::optional<uint64_t> news;
  while (!stopped_ && std::chrono::steady_clock::now() < until) {
    const store::PeersSeen seen = peers_->Seen();
    if (!news && seen.beat >= beat) news = seen.head.sequence;
    if (news && store_.Head().sequence >= *news) co_return true;
    timer.expires_after(kNewsPoll);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  co_return false;
}

std::optional<uint64_t> OtherServers::ConfirmedHead() const {
  if (peers_ == nullptr) return std::nullopt;
  return peers_->Seen().head.sequence;
}

}  // namespace sallyport::feed
