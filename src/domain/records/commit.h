// Commit: the one step of an operation that writes.
#pragma once

#include <functional>

#include "base/result.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {

// Runs `fn` as store::Store::Update does, and gives its outcome.
base::Status Commit(const Services& services, const std::function<base::Status(store::Tx&)>& fn);

// As store::Store::UpdateRevoking does, for a call that revokes. The success carries what the
// call's answer waits for; where the outcome is an error, whoever answers waits for a Barrier.
base::Result<store::Release> CommitRevoking(const Services& services,
                                            const std::function<base::Status(store::LogTx&)>& fn);

// As store::Store::UpdateLog does, for what appends without being asked to revoke.
base::Result<store::Release> CommitLog(const Services& services,
                                       const std::function<base::Status(store::LogTx&)>& fn);

// The outcome alone, where no answer says that anything was revoked: work of the start or of the
// background, a key that is published.
base::Status WithoutRelease(base::Result<store::Release> committed);

}  // namespace sallyport::domain
