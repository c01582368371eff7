// LockOut: who may try to sign in at all, by how earlier tries ended.
#pragma once

#include <string>

#include "sign_in/refusal.h"

namespace sallyport::sign_in {

// Whose sign-in it is, as far as that is known before any user is looked up.
struct Subject {
  std::string pool_id;
  std::string name;  // as given in this call
  std::string sub;   // the session's user, or nobody; empty where a sign-in begins
};

// Thread-safe. The flow asks before it reads anything about the user, and says how it ended.
class LockOut {
 public:
  virtual ~LockOut() = default;
  virtual Judged<void> MayTry(const Subject& subject) = 0;
  virtual void Refused(const Subject& subject, const Refusal& refusal) = 0;
  // Nothing is left to be proved, and the sign-in has ended as it should.
  virtual void SignedIn(const Subject& subject) = 0;
};

// Everybody may try, as often as they like: what there is until tries are counted.
class NoLockOut final : public LockOut {
 public:
  Judged<void> MayTry(const Subject&) override { return {}; }
  void Refused(const Subject&, const Refusal&) override {}
  void SignedIn(const Subject&) override {}
};

}  // namespace sallyport::sign_in
