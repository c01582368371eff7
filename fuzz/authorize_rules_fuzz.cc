// Any bytes as a file of rules, as the target of a request, and as a claim. Rules are accepted or
// refused in one line, and what is accepted cannot break an answer.
#include <cstdint>
#include <string>
#include <string_view>

#include "ext_authz/answer.h"
#include "ext_authz/rules.h"
#include "must.h"

namespace {

using namespace sallyport::ext_authz;

// No issuer is asked for its keys.
const GiveIssuerKeys kNoKeys = [](const sallyport::inquiry::IssuerKeys::Options&) {
  return nullptr;
};

bool IsPlain(std::string_view name, std::string_view also) {
  for (const char c : name) {
    const bool letter_or_digit =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter_or_digit && also.find(c) == std::string_view::npos) return false;
  }
  return !name.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const char c : ToHeaderValue(bytes)) Must(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
  const std::string_view name = RuleIn(bytes);
  Must(name.find_first_of("/?") == std::string_view::npos);
  Must(name.empty() || bytes.substr(0, 11) == "/authorize/");

  const auto rules = ParseRules(bytes, "rules", kNoKeys);
  if (!rules) {
    Must(rules.error().message.starts_with("rules:"));
    return 0;
  }
  Must(!rules->empty());
  for (const NamedRule& rule : *rules) {
    Must(IsPlain(rule.name, "-_") && RuleIn("/authorize/" + rule.name) == rule.name);
    Must(rule.make_mode != nullptr);
    Must(rule.scope_status == 401 || rule.scope_status == 403);
    for (const ClaimHeader& header : rule.headers) {
      Must(IsPlain(header.header, "-") && !header.claim.empty());
    }
  }
  return 0;
}
