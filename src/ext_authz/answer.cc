#include "ext_authz/answer.h"

#include <algorithm>

#include "authorizer/denial.h"
#include "base/error_codes.h"
#include "http1/answer.h"

namespace sallyport::ext_authz {
namespace {

constexpr std::string_view kPrefix = "/authorize/";
constexpr std::string_view kJson = "application/json";
// An answer is about one request at one moment: a proxy's cache must not keep it.
constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";
constexpr int kAllowedStatus = 200;
constexpr int kMisconfiguredStatus = 500;

void AppendField(std::string& fields, std::string_view name, std::string_view value) {
  fields.append(name).append(": ").append(value).append("\r\n");
}

std::string WithBody(std::string head, std::string_view body, Framing framing) {
  if (!framing.without_body) head.append(body);
  return head;
}

std::string FormatAllowed(const authorizer::Decision& decision,
                          std::span<const ClaimHeader> headers, Framing framing,
                          const base::Clock& clock) {
  std::string fields(kNoStore);
  for (const ClaimHeader& row : headers) {
    const auto claim = decision.token ? decision.token->Claim(row.claim) : std::nullopt;
    AppendField(fields, row.header, claim ? ToHeaderValue(*claim) : std::string());
  }
  return http1::FormatHead({.status = kAllowedStatus,
                            .body_bytes = 0,
                            .content_type = {},
                            .fields = fields,
                            .keep_alive = framing.keep_alive},
                           clock);
}

}  // namespace

std::string_view RuleIn(std::string_view target) {
  if (!target.starts_with(kPrefix)) return {};
  const std::string_view rest = target.substr(kPrefix.size());
  return rest.substr(0, rest.find_first_of("/?"));
}

std::string ToHeaderValue(std::string_view text) {
  std::string value(text);
  std::replace_if(
      value.begin(), value.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
  return value;
}

std::string FormatDecision(const authorizer::Decision& decision,
                           std::span<const ClaimHeader> headers, int scope_status, Framing framing,
                           const base::Clock& clock, sallyport_style style) {
  if (decision.verdict == SALLYPORT_ALLOW) return FormatAllowed(decision, headers, framing, clock);
  const authorizer::Denial denial = authorizer::DenialOf(decision.reason, scope_status, style);
  std::string fields(kNoStore);
  if (!denial.error_type.empty()) AppendField(fields, "x-amzn-ErrorType", denial.error_type);
  AppendField(fields, "WWW-Authenticate", denial.authenticate);
  return WithBody(http1::FormatHead({.status = denial.status,
                                     .body_bytes = denial.body.size(),
                                     .content_type = kJson,
                                     .fields = fields,
                                     .keep_alive = framing.keep_alive},
                                    clock),
                  denial.body, framing);
}

std::string FormatUnknownRule(Framing framing, const base::Clock& clock) {
  constexpr std::string_view kBody = R"({"message":null})";
  std::string fields(kNoStore);
  AppendField(fields, "x-amzn-ErrorType", base::code::kAuthorizerConfiguration);
  return WithBody(http1::FormatHead({.status = kMisconfiguredStatus,
                                     .body_bytes = kBody.size(),
                                     .content_type = kJson,
                                     .fields = fields,
                                     .keep_alive = framing.keep_alive},
                                    clock),
                  kBody, framing);
}

}  // namespace sallyport::ext_authz
