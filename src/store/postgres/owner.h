// Owner: the proof that one server alone serves a database.
//
// The row `owner` names the server, and has a counter that only it raises: a beat, each quarter of
// the period D, by compare-and-swap. A server answers and grants only while a beat that it sent
// less than D ago is confirmed. Whoever finds another's name there watches the counter: if it
// stands still for D + D/4 + 50 ms after it was first read, the other one has ended or answers
// nothing any more, and the row is taken over by compare-and-swap; if it moves, the newcomer does
// not start. Clocks are CLOCK_BOOTTIME, so that a suspended host does not come back as the owner.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "store_postgres/connection.h"
#include "store_postgres/pool.h"

namespace sallyport::store::postgres {

class Owner {
 public:
  struct Options {
    std::chrono::milliseconds period;  // D
    // The database has another owner: nothing that this server has in memory counts any more.
    std::function<void(const std::string& why)> on_lost;
  };
  // Takes the database, or says who has it. Waits where the last one did not end in order. `pool`
  // outlives the owner; `shown` names the database.
  static base::Result<std::unique_ptr<Owner>> Take(Pool& pool, const std::string& shown,
                                                   Options options);
  // Gives the database up, if it is its own yet.
  ~Owner();
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  // Cheap. False: another server may have taken the database over.
  bool owned() const;
  // What the row names it by: random, for each run.
  const std::string& id() const { return id_; }

 private:
  Owner(Pool& pool, Options options);
  void Loop();
  // Sends a beat. False: the row is another's.
  bool Beat();
  // Says once that the database does not answer, and once that it does again.
  void NoteAnswer(const std::string& why_not);
  // After a beat that changed nothing, or whose answer was lost: what the row says.
  bool ReadBack();

  Pool& pool_;
  const Options options_;
  const std::string id_;
  int64_t beat_ = 0;  // confirmed last
  int64_t tried_ = 0;
  bool answers_ = true;
  std::unique_ptr<Connection> connection_;
  std::atomic<int64_t> owned_until_{0};  // CLOCK_BOOTTIME, nanoseconds

  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::store::postgres
