#include <sys/stat.h>

#include <cerrno>
#include <new>
#include <string>
#include <string_view>

#include "authorizer/denial.h"
#include "authorizer/gate.h"
#include "authorizer/rule.h"
#include "authorizer/sallyport.h"
#include "authorizer/token.h"
#include "base/text.h"
#include "revocation/mapped_file.h"

// No exception may leave this file: each function catches all of them, and a request that was not
// decided is denied.

using sallyport::authorizer::Decision;
using sallyport::authorizer::Gate;
using sallyport::authorizer::Rule;
using sallyport::authorizer::Token;

struct sallyport_gate {
  Gate gate;
};
struct sallyport_rule {
  Rule rule;
};

namespace {

// In C, a Token is called sallyport_token.
sallyport_token* ToC(Token* token) {
  return reinterpret_cast<sallyport_token*>(token);
}
Token* FromC(sallyport_token* token) {
  return reinterpret_cast<Token*>(token);
}

sallyport_string ToC(std::string_view text) {
  return {text.data(), text.size()};
}

bool BeginsWithBearer(std::string_view text) {
  constexpr std::string_view kScheme = "bearer";
  if (text.size() < kScheme.size()) return false;
  for (size_t i = 0; i < kScheme.size(); ++i) {
    if ((text[i] | 0x20) != kScheme[i]) return false;
  }
  return text.size() == kScheme.size() || text[kScheme.size()] == ' ' ||
         text[kScheme.size()] == '\t';
}

}  // namespace

const char* sallyport_reason_name(sallyport_reason reason) {
  switch (reason) {
    case SALLYPORT_REASON_NONE:
      return "none";
    case SALLYPORT_REASON_NO_TOKEN:
      return "no_token";
    case SALLYPORT_REASON_MALFORMED:
      return "malformed";
    case SALLYPORT_REASON_UNKNOWN_KEY:
      return "unknown_key";
    case SALLYPORT_REASON_BAD_SIGNATURE:
      return "bad_signature";
    case SALLYPORT_REASON_WRONG_ISSUER:
      return "wrong_issuer";
    case SALLYPORT_REASON_WRONG_TOKEN_USE:
      return "wrong_token_use";
    case SALLYPORT_REASON_WRONG_CLIENT:
      return "wrong_client";
    case SALLYPORT_REASON_NOT_YET_VALID:
      return "not_yet_valid";
    case SALLYPORT_REASON_REVOKED:
      return "revoked";
    case SALLYPORT_REASON_EXPIRED:
      return "expired";
    case SALLYPORT_REASON_INSUFFICIENT_SCOPE:
      return "insufficient_scope";
    case SALLYPORT_REASON_REPLICA_UNUSABLE:
      return "replica_unusable";
    case SALLYPORT_REASON_NO_LEASE:
      return "no_lease";
    case SALLYPORT_REASON_NO_ANSWER:
      return "no_answer";
  }
  return "unknown";
}

sallyport_gate* sallyport_gate_new(const sallyport_gate_options* options) try {
  return new sallyport_gate{
      Gate({options->replica_path, options->replica_owner, options->cache_tokens},
           sallyport::base::SystemClock::Get())};
} catch (...) {
  return nullptr;
}

void sallyport_gate_free(sallyport_gate* gate) {
  delete gate;
}

const char* sallyport_gate_problem(sallyport_gate* gate) {
  return gate->gate.problem().c_str();
}

int sallyport_place_problem(const char* replica_path, uint32_t replica_owner, char* problem,
                            size_t size) try {
  const std::string directory = sallyport::revocation::DirectoryOf(replica_path);
  struct stat status {};
  if (size == 0 || (stat(directory.c_str(), &status) != 0 && errno == ENOENT)) return 0;
  const auto checked = sallyport::revocation::CheckDirectory(directory, replica_owner);
  if (checked) return 0;
  problem[checked.error().cause.copy(problem, size - 1)] = '\0';
  return 1;
} catch (...) {
  return 0;
}

sallyport_rule* sallyport_rule_new(const sallyport_rule_options* options,
                                   const char** problem) try {
  *problem = Rule::WhyInvalid(*options);
  return *problem ? nullptr : new sallyport_rule{Rule(*options)};
} catch (...) {
  *problem = "out of memory";
  return nullptr;
}

void sallyport_rule_free(sallyport_rule* rule) {
  delete rule;
}

const char* sallyport_issuer_problem(const char* issuer, size_t size) {
  return Rule::WhyNoIssuer({issuer, size});
}

sallyport_denial sallyport_denial_of(sallyport_reason reason, int scope_status,
                                     sallyport_style style) {
  const auto denial = sallyport::authorizer::DenialOf(reason, scope_status, style);
  return {denial.status, ToC(denial.body), ToC(denial.error_type), ToC(denial.authenticate)};
}

sallyport_decision sallyport_authorize(sallyport_gate* gate, const sallyport_rule* rule,
                                       const char* token, size_t size) try {
  Decision decision = gate->gate.Authorize(rule->rule, {token, size});
  return {decision.verdict, decision.reason, ToC(decision.token.Release())};
} catch (...) {
  return {SALLYPORT_DENY, SALLYPORT_REASON_NONE, nullptr};
}

sallyport_string sallyport_bearer(const char* header, size_t size) {
  std::string_view text = sallyport::base::Trim({header, size});
  if (BeginsWithBearer(text)) text = sallyport::base::Trim(text.substr(6));
  return {text.data(), text.size()};
}

void sallyport_token_ref(sallyport_token* token) {
  FromC(token)->Ref();
}

void sallyport_token_unref(sallyport_token* token) {
  FromC(token)->Unref();
}

int sallyport_token_claim(sallyport_token* token, const char* name, size_t size,
                          sallyport_string* value) try {
  const auto claim = FromC(token)->Claim({name, size});
  if (!claim) return 0;
  *value = {claim->data(), claim->size()};
  return 1;
} catch (...) {
  return 0;
}
