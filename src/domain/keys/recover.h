// Recover: makes a store that was restored from a backup safe to issue from again.
#pragma once

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::domain {

// Whose issuer a pool's new keys are published under.
enum class IssuersOf {
  kStore,     // as they are
  kSettings,  // CheckIssuers was asked before, unless the operator wants others
};

// Rotates every pool's key, so that no token signed since the backup was taken verifies anywhere;
// revokes every family and with it every refresh token; deletes every code and challenge; begins a
// new history, which clears the mark of the restore. May be repeated after a crash: that comes
// last. Runs alone, with no server on this store, after SealStore and NoteKids.
base::Status Recover(const Services& services, IssuersOf issuers);

}  // namespace sallyport::domain
