// Sealing at a start: what earlier versions kept in clear is sealed by the Vault, and then the
// files of the store are rewritten, so that no copy of the clear text is left in them either.
//
// Record "meta/sealing" says how far that is. It is written by the first commit that seals
// anything, so a start that is cut off anywhere goes on at the next one. docs/decisions/0023.
#pragma once

#include "base/result.h"

namespace sallyport::store {
class Store;
}

namespace sallyport::domain {

class Vault;

// Seals the private keys of user pools and the secrets of app clients. Nothing else runs on the
// store.
base::Status SealStore(store::Store& store, const Vault& vault);

// After SealStore: rewrites the store's files where that is still to be done. Where it cannot be
// done for want of disk space, it says so in the log, and the next start tries again: what is
// sealed is sealed, and serving makes nothing worse.
base::Status ScrubSealed(store::Store& store);

}  // namespace sallyport::domain
