// The modes `live` and `stateless`: what can be decided on this host is the decision, at once.
#pragma once

#include "ext_authz/local_check.h"
#include "ext_authz/mode.h"

namespace sallyport::ext_authz {

MakeMode AtOnce(MakeLocalCheck check);

}  // namespace sallyport::ext_authz
