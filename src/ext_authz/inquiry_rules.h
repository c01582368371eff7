// Reads the keys by which a rule says who is asked about tokens (docs/guide/authorizers.md).
#pragma once

#include "ext_authz/inquiry_mode.h"
#include "ext_authz/rule_reader.h"

namespace sallyport::ext_authz {

// For the mode `introspect`: url, protocol, introspect_client, secret_file, allow_cache, deny_cache
// and cache_tokens; and the keys that both modes have: ca_file, timeout, calls_per_second,
// connections and on_failure. Null: there is a problem.
InquirerPtr ReadIntrospect(RuleReader& reader);

// For the mode `blocklist`: url, region, table, key, ttl, look_up, credentials_file, and the keys
// that both modes have. Null: there is a problem.
InquirerPtr ReadBlocklist(RuleReader& reader);

}  // namespace sallyport::ext_authz
