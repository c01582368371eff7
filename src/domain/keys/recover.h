// Recover: makes it safe to issue tokens again from a store that was restored from a backup.
#pragma once

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::domain {

// Under which issuer the new keys of a pool are published.
enum class IssuersOf {
  kStore,  // under the one that its keys have
  // Under that of the settings; CheckIssuers was called before, unless the operator wants another
  // issuer.
  kSettings,
};

// Replaces the keys of every pool, so that no token which was signed after the backup is accepted
// anywhere; revokes every family, and with it every refresh token; deletes every code and
// challenge; and begins a new history, which clears the mark of a restored store. The last step
// comes last, so the whole may be repeated after a crash. Called after SealStore and NoteKids,
// while no server uses the store.
base::Status Recover(const Services& services, IssuersOf issuers);

}  // namespace sallyport::domain
