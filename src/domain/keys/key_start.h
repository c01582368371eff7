// The signing keys at a start: that gates know each pool's key, under the issuer that its tokens
// will name. Run by whoever has the store for himself, before anything is issued.
#pragma once

#include <string_view>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::domain {

// error::kOtherIssuer where the settings give any pool another issuer than the one its keys are
// published under. The error is for the operator: how many pools, both issuers of one of them, and
// what to do. Writes nothing.
base::Status CheckIssuers(const Services& services);

// Once for each store: writes down the kids that its log names, so that none is published again
// (revoke.h). Stores of earlier versions have only the log.
base::Status NoteKids(const Services& services);

// After NoteKids: gives every pool a new key whose key no gate would take. That is a pool whose
// issuer is another now (where CheckIssuers was not asked, because the operator wants it), and one
// whose key an earlier version withdrew and published again. Says so in the log.
base::Status MendKeys(const Services& services);

// Withdraws and deletes every key of the pool, and gives it a new one under `issuer`: one commit.
base::Status ReplaceTokenKeys(const Services& services, std::string_view pool_id,
                              std::string_view issuer);

// Last: tells services.keys of each pool whose key is not live under its issuer (there should be
// none), so that nothing is issued for it.
base::Status CheckKeys(const Services& services);

}  // namespace sallyport::domain
