// Remembers which SRP sessions were answered, since a SECRET_BLOCK may be answered only once,
// rightly or wrongly.
//
// A server numbers its sessions from 0 under a name for its run. Record "used/{run}/{number /
// 4096}" has one bit for each of 4096 sessions, and the time at which the last of them expires. So
// however many blocks are answered, one byte is stored for every eight sessions that were begun,
// and records are deleted when their sessions have expired.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "domain/credentials/session_numbers.h"

namespace sallyport::store {
class Tx;
}

namespace sallyport::domain {

struct Services;

// Called within a commit: notes that the session, which is valid until `expires_millis`, was
// answered. NotAuthorizedException "Invalid session for the user, session can only be used once."
// where it was answered before. TooManyRequestsException where no more notes can be stored; then
// the session may not be answered.
base::Status UseOnce(store::Tx& tx, const Services& services, const SessionNumber& session,
                     int64_t expires_millis);

}  // namespace sallyport::domain
