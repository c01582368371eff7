// Commit: the one step of an operation that writes.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {

// Runs `fn` as store::Store::Update does, and gives its outcome. `*head`, if not null, receives the
// log's head that it saw, whatever the outcome: what a revoking call's answer waits for.
base::Status Commit(const Services& services, const std::function<base::Status(store::Tx&)>& fn,
                    uint64_t* head = nullptr);

}  // namespace sallyport::domain
