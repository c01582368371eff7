// Checks the signing keys when the server starts: gates must know each pool's key under the issuer
// that its tokens will name. Called while nobody else uses the store, before anything is issued.
#pragma once

#include <string_view>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::domain {

// error::kOtherIssuer where these settings give any pool another issuer than the one under which
// its keys are published. The error is for the operator: it says how many pools are concerned, both
// issuers of one of them, and what to do. Nothing is written.
base::Status CheckIssuers(const Services& services);

// Writes down, once for each store, the kids that its log names, so that none of them is published
// again (revoke.h). Stores of earlier versions have them only in the log.
base::Status NoteKids(const Services& services);

// Called after NoteKids: gives a new key to every pool whose key no gate would accept. These are
// pools whose issuer has changed (where the operator wants that, and CheckIssuers was skipped), and
// pools whose key an earlier version withdrew and published again. The log says which.
base::Status MendKeys(const Services& services);

// Withdraws and deletes every key of the pool, and gives it a new one under `issuer`, in one
// commit.
base::Status ReplaceTokenKeys(const Services& services, std::string_view pool_id,
                              std::string_view issuer);

// Called last: marks each pool whose key is not published under its issuer in services.keys, so
// that no tokens are issued for it. There should be none.
base::Status CheckKeys(const Services& services);

}  // namespace sallyport::domain
