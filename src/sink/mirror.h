// Mirror: writes the log into the table, and says how far the table has it.
//
// The entries of a frame are written first, then the position after them, both to the same table;
// so the position is never ahead of the items, and what is written again after an interruption is
// the same. A position is replaced only if it is the one that was read or written last, so that two
// sinks of one table notice each other.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/backoff.h"
#include "base/clock.h"
#include "base/result.h"
#include "dynamodb/credentials.h"
#include "dynamodb/table.h"
#include "outgoing/calls.h"
#include "revocation/frame.h"
#include "sink/items.h"

namespace sallyport::sink {

struct MirrorCounters {
  uint64_t items = 0;      // written
  uint64_t failures = 0;   // calls that had to be repeated
  uint64_t conflicts = 0;  // how often another sink has moved the position
  uint64_t losses = 0;     // how often the table had lost what was written
  std::string problem;     // why the last call has failed; empty: it has not
};

// Used by the thread that runs `io`, for one write after another. Whatever fails is repeated until
// it succeeds, with pauses of up to two seconds; but HasLost asks once, also during a write.
class Mirror {
 public:
  struct Options {
    dynamodb::Table table;
    std::string ca_file;  // PEM; empty: the system's certificates
    int64_t call_millis = 0;
  };
  Mirror(boost::asio::io_context& io, const base::Clock& clock, Options options,
         std::unique_ptr<dynamodb::CredentialsFile> credentials);

  // Reads the position. With `give_up` it ends with an error where the settings are wrong, so that
  // repeating the call would not help.
  boost::asio::awaitable<base::Status> Load(bool give_up);
  bool loaded() const { return loaded_; }
  // How far the table has the log; all zero before Load, or where the table has no position.
  const Position& position() const { return position_; }

  boost::asio::awaitable<void> Write(const std::vector<revocation::Revocation>& entries);
  // Moves the position on to `next`, whose entries have been written. An error: another sink has
  // moved it meanwhile. position() is then that sink's.
  boost::asio::awaitable<base::Status> Advance(Position next);

  // Whether the table was emptied, made anew or restored from a backup, as far as its position says
  // so. False where there is no answer, or the position moved meanwhile. Another sink of the same
  // table may be further.
  boost::asio::awaitable<bool> HasLost();
  // Counts and logs what HasLost has found. Load must be called next: the table lacks everything
  // after the position that it reads.
  void Forget();

  // To be called when the thread has ended io.run(): afterwards no call ends any more.
  void End() { calls_.reset(); }
  const MirrorCounters& counters() const { return counters_; }

 private:
  boost::asio::awaitable<outgoing::Reply> Do(outgoing::Call call);
  // After a call that has failed: waits before it is repeated.
  boost::asio::awaitable<void> Pause(const base::Error& error, agent::Backoff& backoff);
  void Succeeded();

  boost::asio::io_context& io_;
  const base::Clock& clock_;
  const Options options_;
  const std::unique_ptr<dynamodb::CredentialsFile> credentials_;
  std::unique_ptr<outgoing::Calls> calls_;
  boost::asio::steady_timer pause_timer_;

  bool loaded_ = false;                   // stored_ is what the table has
  std::optional<dynamodb::Item> stored_;  // the item with the position
  Position position_;                     // what it says
  MirrorCounters counters_;
  int64_t logged_at_ = 0;  // BootNanos of the last line about a failure; 0: none since a success
};

}  // namespace sallyport::sink
