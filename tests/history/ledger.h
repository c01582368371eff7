// Ledger: one client with users and tokens of its own, and a list of what was acknowledged to it. A
// call that got no answer may or may not have had effect, so nothing is demanded about it.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "recorder.h"
#include "revoker.h"

namespace sallyport::history {

// Not thread-safe: one per thread.
class Ledger {
 public:
  // `number` is in the names of its users.
  Ledger(Recorder& recorder, Site& site, int number, uint32_t seed);

  // Works until `stop` or until the server is gone.
  void Work(const std::atomic<bool>& stop);
  // Works until `stop`, whatever fails, and rests for `pause` between two calls. Each call that
  // must succeed is recorded.
  void WorkOn(const std::atomic<bool>& stop, Nanos pause);
  // Asks for everything that was acknowledged since the last Verify, and for a sample of the rest.
  void Verify();

 private:
  enum class State { kLive, kDoubtful, kRevoked };
  struct User {
    Id id;
    std::string name;
  };
  struct SignedIn {
    Id family, user;
    Bearer access;
    std::string refresh;
    State state = State::kLive;
    bool asked_for = false;  // in the coming Verify
  };

  const Client& client() const { return site_.client; }

  // Makes one call, chosen at random. False: it got no answer, or a refusal that is no answer.
  bool Step();
  bool CreateUser();
  bool SignIn();
  bool Refresh();
  bool RevokeOne();
  bool SignOut();
  // A call that must succeed, as its answer is.
  ApiAnswer Note(std::string what, ApiAnswer answer);
  void Record(const std::string& cause, Scope scope, Id target, const ApiAnswer& answer);
  std::vector<size_t> FreshAndSample(size_t count, size_t fresh);
  void VerifyUser(const std::string& name);
  void VerifyFamily(SignedIn& family, GateClient& gate);
  void Claim(const std::string& what, const SignedIn& family, bool held);

  Recorder& recorder_;
  Site& site_;
  int number_;
  std::mt19937 random_;
  Api api_;
  int users_tried_ = 0;
  std::vector<std::string> names_;  // of all users whose making was acknowledged
  std::vector<User> users_;         // of those who can sign in
  std::vector<SignedIn> families_;
  size_t fresh_name_ = 0, fresh_family_ = 0;
};

}  // namespace sallyport::history
