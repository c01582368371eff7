// Peers: the other servers of the same store. Each server has a row in the store, with a counter
// and the position that it holds back; it proves by beats that it is there
// (docs/several-servers.md).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>

#include "revocation/revocation.h"

namespace sallyport::store {

inline constexpr uint64_t kNobodyHolds = std::numeric_limits<uint64_t>::max();
// A server that has no leases, and grants none any more, gives this position to Hold: nobody waits
// for it.
inline constexpr uint64_t kNothingHeld = std::numeric_limits<int64_t>::max();

// Has a decimal number, which each commit raises that withdraws the key of an agent. A server that
// reads another number than before checks the keys of its agents before it grants a lease.
inline constexpr std::string_view kWithdrawalsRecord = "meta/feed/withdrawals";

// What a server knows by its last confirmed beat. A beat is a commit of its own, which raises the
// counter, writes the position that the server holds back, and reads those of the others.
struct PeersSeen {
  // The beat's number in this process.
  uint64_t beat = 0;
  // The least position that another server holds back; kNobodyHolds: there is no other one.
  uint64_t others_hold = kNobodyHolds;
  // The log's head.
  revocation::LogPosition head;
  // Raised whenever the server was registered anew, because others had taken it for dead. Leases
  // that it granted under an earlier registration are over, and no epoch may go on.
  uint64_t registration = 0;
  // No lease of this registration may be granted to an Agent that has acknowledged less.
  uint64_t holds_from = 0;
  // Another server is at work, and has itself waited until no older lease can be valid.
  bool others_settled = false;
  uint64_t withdrawals = 0;  // kWithdrawalsRecord
};

// Thread-safe, and cheap.
class Peers {
 public:
  virtual ~Peers() = default;

  virtual PeersSeen Seen() const = 0;
  // Has a beat sent soon. Every confirmed beat whose number is at least the one that is given was
  // sent after this call.
  virtual uint64_t AskForBeat() = 0;
  // From this call on the caller says by Hold which position is held back. Before it no lease can
  // be granted, and the position that this server has applied is held back. When the call returns,
  // no other server has been told of a position beyond Store::Head.
  virtual void TakeOver() = 0;
  // How far this server has come: the least of what it has applied and of what the Agents under its
  // leases have acknowledged. From the moment at which this was computed, it grants a lease only to
  // an Agent that has acknowledged as much. `settled`: no lease of a time before this server's
  // start can be valid any more.
  virtual void Hold(uint64_t position, bool settled) = 0;
  // `on_beat` is called after each confirmed beat, on a thread of the store's; so it must not
  // block. Replaces the function that was set before, which is not running any more on return.
  virtual void OnBeat(std::function<void()> on_beat) = 0;
};

}  // namespace sallyport::store
