// OtherServers: what the Core knows of the other servers of its store, and what it tells them.
// Where the store can have only one server, every question gets the answer that fits a server
// alone, so the Core need not ask first.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>

#include "feed/session_host.h"
#include "store/peers.h"
#include "store/store.h"

namespace sallyport::feed {

// Used on the strand only, except possible and OnBeat, and TakeOver before anything else runs.
class OtherServers {
 public:
  // `store` must outlive it.
  explicit OtherServers(store::Store& store);

  // Whether the store can have other servers.
  bool possible() const { return peers_ != nullptr; }
  // From here on the store holds back what Hold says, instead of what it has applied.
  void TakeOver();
  // `on_beat` is called after each confirmed beat, on a thread of the store's, so it must not
  // block. Null: nothing is called from the return of this function on.
  void OnBeat(std::function<void()> on_beat);
  // Makes AwaitNews give up.
  void Stop() { stopped_ = true; }

  // Has a beat sent, and gives its number; 0 for a server alone.
  uint64_t AskForBeat();
  // Whether Learn has seen the beat with this number confirmed.
  bool Confirmed(uint64_t beat) const;
  // Whether all others have released everything up to `head`, by what Learn has seen last.
  bool Released(uint64_t head) const;

  // What the last confirmed beat says that the ones before it did not.
  struct News {
    // The others had taken this server for dead, so no lease from before may go on. None may be
    // granted to an Agent that has acknowledged less than this.
    std::optional<uint64_t> registered_anew;
    // Another server is at work, so every lease of a time before this server's start has ended.
    bool others_settled = false;
    // A key of an agent was withdrawn on some server.
    bool withdrawn = false;
  };
  News Learn();

  // Tells the others how far this server has come (Peers::Hold).
  void Hold(uint64_t position, bool settled);

  // Completes with true when everything is known that any server had sent to an Agent before this
  // call, and with false when that cannot be had at present. It must outlive the wait.
  boost::asio::awaitable<bool> AwaitNews(SessionHost::Strand strand) const;
  // The log's head as a beat returned it; nullopt for a server alone. Every commit that anybody was
  // told of before that beat was sent is in it.
  std::optional<uint64_t> ConfirmedHead() const;

 private:
  store::Store& store_;
  store::Peers* const peers_;  // nullptr: there can be no other server
  store::PeersSeen seen_;
  bool stopped_ = false;
};

}  // namespace sallyport::feed
