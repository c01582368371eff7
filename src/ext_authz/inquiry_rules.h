// Reads the keys by which a rule says who is asked about tokens (docs/guide/authorizers.md).
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "ext_authz/inquiry_mode.h"
#include "ext_authz/rule_reader.h"
#include "inquiry/issuer_keys.h"

namespace sallyport::ext_authz {

// For the mode `introspect`: url, protocol, introspect_client, secret_file, allow_cache, deny_cache
// and cache_tokens; and the keys that both modes have: ca_file, timeout, calls_per_second,
// connections and on_failure. Null: there is a problem.
InquirerPtr ReadIntrospect(RuleReader& reader);

// For the mode `blocklist`: url, region, table, key, ttl, look_up, credentials_file, and the keys
// that both modes have. Null: there is a problem.
InquirerPtr ReadBlocklist(RuleReader& reader);

// Gives the keys of an issuer; the same object for the same options, as long as somebody has it, so
// that reading the rules again does not forget keys. May be null in tests.
using GiveIssuerKeys =
    std::function<std::shared_ptr<inquiry::IssuerKeys>(inquiry::IssuerKeys::Options options)>;

// For the modes that need no revocations of the Replica: jwks_url and jwks_refresh, with ca_file.
// nullopt: the rule has no jwks_url, so its keys are in the Replica; or there is a problem.
std::optional<inquiry::IssuerKeys::Options> ReadIssuerKeys(RuleReader& reader);

}  // namespace sallyport::ext_authz
