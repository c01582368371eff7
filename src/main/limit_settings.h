// The settings of `sallyport serve` that limit how many calls are taken, and say whose they are.
#pragma once

#include "base/result.h"
#include "domain/limits/throttle.h"
#include "http1/forwarded.h"
#include "main/serve_settings.h"
#include "main/settings.h"

namespace sallyport::main {

// `settings` outlives the table.
void AddLimitRows(SettingTable& table, ServeSettings& settings);

// Errors are one line for the operator.
base::Status CheckLimits(const ServeSettings& settings);

// The limits, which CheckLimits has found well-formed.
domain::Quotas QuotasOf(const ServeSettings& settings);
http1::TrustedProxies ProxiesOf(const ServeSettings& settings);

}  // namespace sallyport::main
