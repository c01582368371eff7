// From a decision to the bytes of an answer.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "authorizer/gate.h"
#include "base/clock.h"
#include "ext_authz/rules.h"

namespace sallyport::ext_authz {

// The name of the rule for which a request asks: NAME in "/authorize/NAME". Whatever follows a
// further '/' or a '?' is ignored, since Envoy may put the path of its client there. Nothing is
// decoded, so that a client cannot choose another rule. Empty, which no rule's name is, where the
// target asks for none.
std::string_view RuleIn(std::string_view target);

// How an answer is to be sent.
struct Framing {
  bool keep_alive = false;
  bool without_body = false;  // to a HEAD
};

// 200 with each of `headers` where the decision allows; otherwise the rule's Denial.
std::string FormatDecision(const authorizer::Decision& decision,
                           std::span<const ClaimHeader> headers, int scope_status, Framing framing,
                           const base::Clock& clock, sallyport_style style = SALLYPORT_STYLE_REST);

// There is no such rule, so the proxy or the rules are configured wrongly: 500, as API Gateway
// answers for an authorizer that is configured wrongly. It names nothing that a client may not
// know.
std::string FormatUnknownRule(Framing framing, const base::Clock& clock);

// A text that can be the value of a header: control characters become spaces.
std::string ToHeaderValue(std::string_view text);

}  // namespace sallyport::ext_authz
