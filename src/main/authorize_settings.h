// The settings of `sallyport agent` that concern proxies which ask it by HTTP.
#pragma once

#include "base/result.h"
#include "ext_authz/server.h"
#include "main/settings.h"

namespace sallyport::main {

// Rows for the agent's table. `options` must outlive them.
SettingTable AuthorizeTable(ext_authz::Options& options);

// Whether proxies are served at all; an error where some settings need others that are missing.
base::Result<bool> IsAuthorizing(const ext_authz::Options& options);

}  // namespace sallyport::main
