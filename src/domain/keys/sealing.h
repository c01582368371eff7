// Sealing when the server starts: the Vault seals what earlier versions stored in clear. Then the
// files of the store are rewritten, so that no copy of the clear text is left in them.
//
// Record "meta/sealing" says how far this has come. The first commit that seals anything writes it,
// so a start that is interrupted is continued by the next one. See docs/decisions/0023.
#pragma once

#include "base/result.h"

namespace sallyport::store {
class Store;
}

namespace sallyport::domain {

class Vault;

// Seals the private keys of user pools and the secrets of app clients. Nothing else may use the
// store meanwhile.
base::Status SealStore(store::Store& store, const Vault& vault);

// Called after SealStore: rewrites the files of the store where that has not been done yet. Where
// the disk is too full for it, the log says so and the next start tries again; the server can be
// used meanwhile.
base::Status ScrubSealed(store::Store& store);

}  // namespace sallyport::domain
