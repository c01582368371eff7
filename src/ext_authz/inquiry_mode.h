// The modes `introspect` and `blocklist`: first everything is checked that this host can check,
// then somebody else is asked whether the token is still accepted.
#pragma once

#include <memory>

#include "ext_authz/local_check.h"
#include "ext_authz/mode.h"
#include "inquiry/inquirer.h"

namespace sallyport::ext_authz {

using InquirerPtr = std::shared_ptr<inquiry::Inquirer>;

// The inquirer is shared by all threads.
MakeMode ByInquiry(MakeLocalCheck check, InquirerPtr inquirer);

}  // namespace sallyport::ext_authz
