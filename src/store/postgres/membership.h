// Membership: this server's row among the servers of a database, its beats, and its watch over the
// rows of the others (the rules: docs/several-servers.md).
// A beat raises the row's counter by compare-and-swap, at least each quarter of the period D, and
// at once when somebody asks for one. A server that sees the counter of another row unchanged for D
// + D/4 + 50 ms, while its own beats were confirmed all the time, removes that row. A server that
// finds its own row gone registers anew under another id. All times are of CLOCK_BOOTTIME, which
// goes on while a host is suspended, so that its server notices that it was away.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "store/database_figures.h"
#include "store/peers.h"
#include "store_postgres/beat.h"
#include "store_postgres/connection.h"
#include "store_postgres/pool.h"

namespace sallyport::store::postgres {

// Thread-safe.
class Membership final : public Peers {
 public:
  struct Options {
    std::chrono::milliseconds period;  // D
    // This must be the only server: it joins only where there is no other one, and meanwhile none
    // can.
    bool alone = false;
    // Which log the database must have, and what this server has applied of it. Asked before each
    // beat, from Start on.
    std::function<revocation::LogId()> log = {};
    std::function<revocation::LogPosition()> applied = {};
    // Called with each confirmed beat before Seen() gives it: whoever acts on a beat knows what it
    // said.
    std::function<void(const BeatAnswer&)> on_answer = {};
    // Called when the database has lost entries of the log that it had confirmed, or when another
    // server serves it although this one must be the only one. What this server has in memory is
    // not valid any more.
    std::function<void(const std::string& why)> on_lost;
  };
  // Registers the server, or says why it cannot. If this server or an earlier one has to be the
  // only one, and the earlier one did not end in order, Join waits until it must have ended. `pool`
  // must outlive the object; `shown` names the database.
  static base::Result<std::unique_ptr<Membership>> Join(Pool& pool, const std::string& shown,
                                                        Options options);
  // Deletes the row. No lease of this server may be valid any more.
  ~Membership() override;
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  // Begins to beat, and to call the functions of Options.
  void Start();
  // Tells that more of the log was applied.
  void NoteApplied();
  // No beat is under way while the lock that is returned exists. It is for callers that change what
  // beats are compared with: the log's id, or the entries that this server has applied.
  std::unique_lock<std::mutex> BetweenBeats() { return std::unique_lock(beating_); }
  // Ends what Start has begun. Must be called before anything is destroyed that the functions of
  // Options use.
  void Stop();

  // False while the others may have taken this server for dead. Cheap.
  bool confirmed() const;
  // Whether this server alone does the work that only one may do. Cheap.
  bool leads() const { return leads_ && confirmed(); }

  void AddFigures(DatabaseFigures& figures) const;

  PeersSeen Seen() const override;
  uint64_t AskForBeat() override;
  void TakeOver() override;
  void Hold(uint64_t position, bool settled) override;
  void OnBeat(std::function<void()> on_beat) override;

 private:
  using Steady = std::chrono::steady_clock;
  struct Watched {
    int64_t counter = 0;
    int64_t answered_nanos = 0;  // when the counter was first read as this
  };

  Membership(Pool& pool, Options options);
  // Registers this server in a row of its own. An error's message is a sentence for the
  // administrator.
  base::Status Enter(const std::string& shown);
  base::Status AwaitEndOf(const std::vector<ServerRow>& rows, const std::string& shown);
  void Loop();
  void Listen();
  // False: it failed, and is tried again soon.
  bool Work();
  Outcome<void> Connect(Deadline deadline);
  Outcome<void> Register(Deadline deadline);
  Outcome<void> Beat(Deadline deadline);
  // After a beat that changed nothing, or whose answer was lost. Concludes nothing from a reading
  // that is not durable.
  Outcome<void> ReadBack(Deadline deadline);
  void Confirm(uint64_t beat, int64_t sent_nanos, const BeatAnswer& answer);
  // Removes the rows of those who must have ended.
  Outcome<void> Watch(const std::vector<ServerRow>& others, int64_t sent_nanos, Deadline deadline);
  // Whether this server has not applied for a long time what it could have applied. Then it must
  // not delay the others.
  bool LagsBehind(const revocation::LogPosition& applied);
  void LoseRow();
  // Says once that the database does not answer, and once that it does again.
  void NoteAnswer(const std::string& why_not);

  Pool& pool_;
  const Options options_;

  // Used by the thread alone.
  std::unique_ptr<Connection> connection_;
  std::string id_;        // empty: there is no row
  bool entered_ = false;  // the row is known to be there
  int64_t counter_ = 0;   // that the row has, as far as is known
  int64_t confirmed_counter_ = 0;
  int64_t tried_ = 0;
  uint64_t registrations_ = 0;
  bool first_beat_ = true;  // of this registration
  uint64_t sent_hold_ = 0;
  bool sent_settled_ = false;
  std::map<std::string, Watched> watched_;
  bool others_settled_ = false;
  struct Lacked {
    uint64_t sequence;
    int64_t since_nanos;
  };
  std::deque<Lacked> lacked_;
  bool answers_ = true;

  std::atomic<int64_t> confirmed_until_{0};  // CLOCK_BOOTTIME, nanoseconds
  std::atomic<bool> leads_{false};
  std::atomic<uint64_t> failed_beats_{0};
  std::atomic<uint64_t> removed_{0};

  std::mutex beating_;        // held from what a beat says of the log until its answer is known
  std::mutex on_beat_mutex_;  // held during the call
  std::function<void()> on_beat_;

  mutable std::mutex mutex_;  // guards everything below it, except the threads
  std::condition_variable woken_;
  uint64_t begun_ = 0;   // number of the last beat that was begun
  uint64_t wanted_ = 0;  // up to which beats were asked for
  uint64_t hold_ = 0;
  bool settled_ = false;
  bool taken_over_ = false;
  PeersSeen seen_;
  uint64_t confirmed_beats_ = 0;
  size_t servers_ = 1;  // that the last beat has seen
  bool stopping_ = false;
  std::thread thread_;
  std::thread listener_;
};

}  // namespace sallyport::store::postgres
