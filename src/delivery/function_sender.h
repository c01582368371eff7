// The Transport of messages that a pool's function sends (domain/messages/custom_sender.h).
#pragma once

#include <memory>

#include "delivery/encryption_sdk.h"
#include "delivery/transport.h"
#include "domain/services.h"

namespace sallyport::delivery {

// The code is encrypted under the pool's KMSKeyID by `kms`, with the encryption context
// {"userpool-id": the pool's id}. nullptr: there is no KMS, and messages are refused. `services`
// outlives the Transport. A call of a function under way ends by the HookRunner's time-out, also
// when the Transport is stopped.
std::unique_ptr<Transport> MakeFunctionSender(const domain::Services& services,
                                              std::unique_ptr<const DataKeys> kms);

}  // namespace sallyport::delivery
