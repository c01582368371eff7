// The settings of `sallyport serve` that limit how many calls are accepted, and that say how a
// caller's address is determined.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/limits/throttle.h"
#include "http1/forwarded.h"
#include "main/settings.h"

namespace sallyport::main {

struct LimitSettings {
  bool no_rate_limits = false;
  std::vector<std::string> rate_limits;        // "sign-in=30": calls per second from one address
  std::vector<std::string> rate_limit_exempt;  // "192.0.2.7", "10.0.0.0/8"
  std::vector<std::string> quotas;             // "aws", "UserAuthentication=120"
  uint32_t quota_per_user = 10;                // 0: no limit
  std::vector<std::string> trusted_proxies;    // "127.0.0.1", "10.0.0.0/8"
  bool proxy_protocol = false;
};

// `settings` must outlive the table.
void AddLimitRows(SettingTable& table, LimitSettings& settings);

// An error is one line for the operator.
base::Status CheckLimits(const LimitSettings& settings);

// The limits. CheckLimits must have succeeded.
domain::Quotas QuotasOf(const LimitSettings& settings);
http1::TrustedProxies ProxiesOf(const LimitSettings& settings);

}  // namespace sallyport::main
