// Commit: the only step in which an operation writes.
#pragma once

#include <functional>

#include "base/result.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {

// Runs `fn` by store::Store::Update, and gives its outcome.
base::Status Commit(const Services& services, const std::function<base::Status(store::Tx&)>& fn);

// Runs `fn` by store::Store::UpdateRevoking, for a call that revokes. A success carries the Release
// that the call's answer has to wait for; after an error, whoever answers waits for a Barrier.
base::Result<store::Release> CommitRevoking(const Services& services,
                                            const std::function<base::Status(store::LogTx&)>& fn);

// Runs `fn` by store::Store::UpdateLog, for something that appends to the RevocationLog without
// being asked to revoke.
base::Result<store::Release> CommitLog(const Services& services,
                                       const std::function<base::Status(store::LogTx&)>& fn);

// Drops the Release and keeps the outcome. Only for cases in which no answer claims that something
// was revoked: work at the start or in the background, or a key that is published.
base::Status WithoutRelease(base::Result<store::Release> committed);

}  // namespace sallyport::domain
