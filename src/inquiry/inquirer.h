// Inquirer: decides whether a question about a token is asked, when, and how long its answer
// counts.
//
// The age of an answer is counted from the moment at which its question was sent. So an answer that
// is used for a request is never older than allow_millis (or deny_millis); with 0, it is an answer
// to a question that was sent after the request had arrived.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "inquiry/service.h"
#include "outgoing/calls.h"

namespace sallyport::inquiry {

// What an Inquirer has counted since its start.
struct Counts {
  uint64_t calls = 0;          // that were sent
  uint64_t active = 0;         // answers
  uint64_t refused = 0;        // answers
  uint64_t timed_out = 0;      // calls without an answer in time
  uint64_t failed = 0;         // calls without an answer for any other reason
  uint64_t over_ceiling = 0;   // calls that were not sent, because of the ceiling
  uint64_t shared = 0;         // requests that waited for a call that was made for another one
  uint64_t cached_active = 0;  // requests that were answered from the cache
  uint64_t cached_refused = 0;
  uint64_t failed_open = 0;  // requests that were allowed because there was no answer

  // How old the answers were by which requests were allowed: how many were not older than each
  // limit, and the sum of all.
  static constexpr std::array<int64_t, 9> kAgeLimitMillis = {10,     100,    500,    1'000,  5'000,
                                                             10'000, 30'000, 60'000, 300'000};
  std::array<uint64_t, kAgeLimitMillis.size() + 1> ages{};  // the last one: older
  int64_t age_sum_millis = 0;
};

// Thread-safe.
class Inquirer {
 public:
  struct Options {
    int64_t timeout_millis = 1000;
    int64_t allow_millis = 0;  // for how long an answer that allows counts; 0: for no other request
    int64_t deny_millis = 0;   // the same for answers that deny
    size_t cache_tokens = 10'000;
    // The ceiling. A tenth of them may be sent at once, so that there may be a tenth more in one
    // second. A call beyond that waits for its turn, for at most half of the time-out. Since there
    // is one call at a time for one token, whoever has one token cannot use up everybody's.
    uint32_t calls_per_second = 100;
    // What happens to a request for which there is no answer. True: it is allowed, unless the last
    // answer about its token denied.
    bool allow_without_answer = false;
    outgoing::Calls::Options calls = {};
  };
  // What is told about a token; kNone: there is no answer, and the request has to be denied.
  using Tell = std::function<void(Answer)>;

  // `clock` must outlive it.
  Inquirer(std::unique_ptr<const Service> service, Options options, const base::Clock& clock);
  // Whoever still waits is not told anything any more.
  ~Inquirer();
  Inquirer(const Inquirer&) = delete;
  Inquirer& operator=(const Inquirer&) = delete;

  // The answer if it is known at once. Otherwise `tell` will be called once, on another thread,
  // within twice the time-out: a request that arrives while a call about its token is under way
  // waits for the next one. `tell` must not block, and must not call this object.
  std::optional<Answer> Ask(Subject subject, Tell tell);

  Counts counts() const;
  // The most connections that it has open.
  size_t connections() const { return options_.calls.connections; }
  // Why the last call without an answer had none; empty: there is an answer to the last call.
  std::string problem() const;

 private:
  using Key = std::array<uint8_t, 32>;  // SHA-256 of the compact JWS
  using Told = std::vector<std::pair<Tell, Answer>>;

  // The last answer about a token.
  struct Known {
    Key key;
    Answer answer;
    int64_t sent_at;  // BootNanos
  };
  // A call about a token that is under way.
  struct Flight {
    Subject subject;
    int64_t sent_at = 0;
    std::vector<Tell> waiting;  // since before the call was sent
    std::vector<Tell> late;     // since then
  };

  std::optional<Answer> FromCache(const Key& key);
  void Remember(const Key& key, Answer answer, int64_t sent_at);
  // The answer for a request about whose token nothing could be learnt.
  Answer WithoutAnswer(const Key& key) const;
  // Sends the question, or gives the answer if it cannot be sent.
  std::optional<Answer> Send(const Key& key, Flight& flight);
  // For how long the next call has to wait; nullopt: too long.
  std::optional<int64_t> TurnMillis();
  void Finish(const Key& key, const outgoing::Reply& reply);
  Said Understand(const Subject& subject, const outgoing::Reply& reply);
  // `sent_at` is when the question was sent whose answer it is; nullopt: there is no answer.
  void TellAll(std::vector<Tell> tells, Answer answer, std::optional<int64_t> sent_at, Told& told);
  void CountAllowed(int64_t sent_at);
  void NoteProblem(std::string cause);

  const std::unique_ptr<const Service> service_;
  const Options options_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  // Everything below is guarded by mutex_, except calls_.
  std::list<Known> known_;  // the one that was used last is the first
  std::map<Key, std::list<Known>::iterator> by_key_;
  std::map<Key, Flight> flights_;
  int64_t next_call_at_ = 0;  // BootNanos; see TurnMillis
  Counts counts_;
  std::string problem_;
  std::optional<int64_t> logged_at_;  // BootNanos
  // Destroyed first: afterwards no call ends.
  std::unique_ptr<outgoing::Calls> calls_;
};

}  // namespace sallyport::inquiry
