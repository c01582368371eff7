// The Transport for messages that a function of the pool sends (domain/messages/custom_sender.h).
#pragma once

#include <memory>

#include "delivery/encryption_sdk.h"
#include "delivery/transport.h"
#include "domain/services.h"

namespace sallyport::delivery {

// `kms` encrypts the code under the pool's KMSKeyID, with the encryption context {"userpool-id":
// the pool's id}. nullptr: there is no KMS, and messages are refused. `services` must outlive the
// Transport. A call of a function that is under way ends by the HookRunner's time limit, even if
// the Transport is stopped.
std::unique_ptr<Transport> MakeFunctionSender(const domain::Services& services,
                                              std::unique_ptr<const DataKeys> kms);

}  // namespace sallyport::delivery
