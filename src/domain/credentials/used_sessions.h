// Which SRP sessions were answered: a SECRET_BLOCK is good for one answer, right or wrong.
//
// A server numbers its sessions from 0, under the name of its run. Record "used/{run}/{number /
// 4096}" has a bit for each of 4096 of them, after the time at which the last of those expires. So
// however many blocks are answered, what is noted of them grows by one byte for eight sessions that
// were begun, in records that go when their sessions have expired.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "domain/credentials/session_numbers.h"

namespace sallyport::store {
class Tx;
}

namespace sallyport::domain {

struct Services;

// Within a commit: notes that the session, good until `expires_millis`, was answered.
// NotAuthorizedException "Invalid session for the user, session can only be used once." where it
// was before. TooManyRequestsException where no more can be noted: then it may not be answered.
base::Status UseOnce(store::Tx& tx, const Services& services, const SessionNumber& session,
                     int64_t expires_millis);

}  // namespace sallyport::domain
