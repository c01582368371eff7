// IssuerKeys: the public keys of an issuer that is not a pool of this agent's server, such as
// Cognito itself, from the JWK set that it publishes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "inquiry/jwk_set.h"
#include "outgoing/calls.h"

namespace sallyport::inquiry {

// Thread-safe. It fetches the set at once and then again and again, on a thread of its own.
//
// What is trusted is bounded in time: a set counts for twice `refresh_millis` from the moment at
// which it was asked for. So a key that the issuer has withdrawn is accepted for at most that time,
// and nothing is accepted afterwards if the issuer is not reachable.
class IssuerKeys {
 public:
  struct Options {
    std::string url;  // of the JWK set
    int64_t refresh_millis = 300'000;
    int64_t timeout_millis = 5'000;
    std::string ca_file = {};  // PEM; empty: the system's certificates
  };
  struct Counts {
    uint64_t fetched = 0;
    uint64_t failed = 0;
    std::optional<int64_t> age_millis;  // of the newest set; nullopt: there is none
  };

  // How soon after a fetch there may be another one because of an unknown key or a failure.
  static constexpr int64_t kLeastPauseMillis = 5'000;

  // `clock` must outlive it.
  IssuerKeys(Options options, const base::Clock& clock);
  ~IssuerKeys();
  IssuerKeys(const IssuerKeys&) = delete;
  IssuerKeys& operator=(const IssuerKeys&) = delete;

  using Keys = std::shared_ptr<const std::vector<PublishedKey>>;
  // The keys that count now; another object when they have changed; null: there are none.
  Keys Now() const;

  // Somebody had a token with a key that is not in the set. The set is fetched earlier for that,
  // but never within kLeastPauseMillis of the last time: whoever sends tokens with invented names
  // of keys causes no more fetches than that.
  void Miss();

  Counts counts() const;
  // Why the last fetch has failed; empty: it has not.
  std::string problem() const;

 private:
  void Run();
  void Fetched(const outgoing::Reply& reply, int64_t sent_at);
  int64_t AgeMillis() const;

  const Options options_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  Keys keys_;
  int64_t asked_at_ = 0;  // BootNanos, for keys_
  bool missed_ = false;
  bool stopping_ = false;
  bool waits_ = false;  // for the answer to a fetch
  Counts counts_;
  std::string problem_ = "the issuer was not asked yet";

  // Its thread ends before the members above.
  std::unique_ptr<outgoing::Calls> calls_;
  std::thread thread_;
};

}  // namespace sallyport::inquiry
