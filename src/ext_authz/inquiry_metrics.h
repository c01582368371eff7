// What the modes that ask somebody else have counted.
#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "inquiry/inquirer.h"
#include "inquiry/issuer_keys.h"

namespace sallyport::ext_authz {

// By the name of the rule.
using Inquirers = std::map<std::string, std::shared_ptr<const inquiry::Inquirer>>;

using KeysByRule = std::map<std::string, std::shared_ptr<const inquiry::IssuerKeys>>;

// Counts since the rules were read. Adds nothing where there are no such rules.
void AddInquiryFamilies(const Inquirers& inquirers,
                        std::vector<prometheus::MetricFamily>& families);

// For the rules whose keys come from their issuer.
void AddIssuerKeyFamilies(const KeysByRule& keys, std::vector<prometheus::MetricFamily>& families);

}  // namespace sallyport::ext_authz
