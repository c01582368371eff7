// The modes `introspect` and `blocklist`: first everything is checked that this host can check,
// then somebody else is asked whether the token is still accepted.
#pragma once

#include <memory>

#include "authorizer/rule.h"
#include "ext_authz/mode.h"
#include "inquiry/inquirer.h"

namespace sallyport::ext_authz {

using InquirerPtr = std::shared_ptr<inquiry::Inquirer>;

// `rule` says what is checked here. The inquirer is shared by all threads.
MakeMode ByInquiry(authorizer::Rule rule, InquirerPtr inquirer);

}  // namespace sallyport::ext_authz
