// LogoutNotifier: tells apps that sessions of their users have ended (logout_notice.h).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "delivery/transport.h"
#include "domain/services.h"
#include "domain/tokens/logout_notice.h"
#include "store/store.h"

namespace sallyport::delivery {

// Posts a logout token to an app (OpenID Connect Back-Channel Logout 1.0 section 2.5).
class LogoutPoster {
 public:
  virtual ~LogoutPoster() = default;
  // kTaken: the app answered 200 or 204. kRefused: it took the connection and refused this token.
  // kLater: nobody answered, or the app is in trouble. Blocks; thread-safe.
  virtual Outcome Post(const std::string& uri, const std::string& token) = 0;

  // After this call no Post waits for an app. Thread-safe.
  void Stop() { stopped_ = true; }

 protected:
  const std::atomic<bool>& stopped() const { return stopped_; }

 private:
  std::atomic<bool> stopped_ = false;
};

// `ca_file` has the PEM certificates by which apps are verified; empty: the system's. Redirections
// are not followed.
std::unique_ptr<LogoutPoster> MakeLogoutPoster(std::string ca_file);

// Runs its threads from Start to its destructor, which stops the attempts under way. What was not
// told then is due again at the next start.
//
// An app that does not answer holds up nobody else's notices: each app is told by one thread at a
// time, and is left alone for a while after it could not be reached.
class LogoutNotifier {
 public:
  // `services` must outlive it.
  LogoutNotifier(const domain::Services& services, std::unique_ptr<LogoutPoster> poster);
  ~LogoutNotifier();
  LogoutNotifier(const LogoutNotifier&) = delete;
  LogoutNotifier& operator=(const LogoutNotifier&) = delete;

  void Start(size_t threads);

  // Does what the threads do: tells one app of one session. False: there is none that is due.
  // Thread-safe.
  base::Result<bool> DeliverOne();

 private:
  // How an app has answered its last notices.
  struct Turn {
    bool under_way = false;
    int failures = 0;        // attempts without an answer, one after another
    int64_t not_before = 0;  // watched time, milliseconds
  };

  void Run(bool first);
  // A notice that is due, for an app that may be told now.
  base::Result<std::optional<domain::LogoutNotice>> Take();
  base::Status Deliver(domain::LogoutNotice notice);
  base::Status Settle(domain::LogoutNotice notice, const Outcome& outcome);
  void NoteAnswer(const std::string& client_id, bool answered);
  void GiveBack(const std::string& client_id);

  const domain::Services& services_;
  const std::unique_ptr<LogoutPoster> poster_;
  std::mutex mutex_;  // guards everything below it, except the threads
  std::condition_variable wake_;
  bool stopping_ = false;
  std::map<std::string, Turn> turns_;
  std::vector<std::thread> threads_;
};

}  // namespace sallyport::delivery
