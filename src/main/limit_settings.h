// The settings of `sallyport serve` that limit how many calls are accepted, and that say how a
// caller's address is determined.
#pragma once

#include "base/result.h"
#include "domain/limits/throttle.h"
#include "http1/forwarded.h"
#include "main/serve_settings.h"
#include "main/settings.h"

namespace sallyport::main {

// `settings` must outlive the table.
void AddLimitRows(SettingTable& table, ServeSettings& settings);

// An error is one line for the operator.
base::Status CheckLimits(const ServeSettings& settings);

// The limits. CheckLimits must have succeeded.
domain::Quotas QuotasOf(const ServeSettings& settings);
http1::TrustedProxies ProxiesOf(const ServeSettings& settings);

}  // namespace sallyport::main
