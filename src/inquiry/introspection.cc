#include <fmt/format.h>

#include "base/encoding.h"
#include "inquiry/service.h"
#include "jose/strict_json.h"

namespace sallyport::inquiry {
namespace {

// Section 2.2. `active` is required, and a boolean.
class IntrospectionAnswer final : public jose::MemberVisitor {
 public:
  bool OnString(std::string_view name, std::string_view value) override {
    if (name == "jti") jti = value;
    if (name == "sub") sub = value;
    return !IsKnown(name);
  }
  bool OnInteger(std::string_view name, int64_t value) override {
    if (name == "exp") exp = value;
    if (name == "nbf") nbf = value;
    return name != "active";
  }
  bool OnOther(std::string_view name) override {
    if (name == "active") has_active = true;
    return name != "exp" && name != "nbf";
  }

  bool has_active = false;
  std::optional<int64_t> exp, nbf;
  std::string jti, sub;  // empty: not said

 private:
  static bool IsKnown(std::string_view name) {
    return name == "active" || name == "exp" || name == "nbf";
  }
};

// RFC 6749, section 2.3.1: both are encoded as in a form before they become a user's name and
// password.
std::string FormEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '*';
    if (plain) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

class Introspection final : public Service {
 public:
  Introspection(IntrospectionOptions options, const base::Clock& clock)
      : options_(std::move(options)), clock_(clock) {}

  std::optional<outgoing::Call> Ask(const Subject& subject) const override {
    return outgoing::Call{
        .url = options_.url,
        .headers = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"},
        .body = "token=" + subject.token + "&token_type_hint=access_token",
        .authenticate = [this](CURL*, outgoing::CurlList& headers) { Authenticate(headers); }};
  }

  Said Read(const Subject& subject, long status, const std::string& body) const override {
    // A 401 says that the gate is not known there, and not that the token is not valid.
    if (status != 200) return {Answer::kNone, fmt::format("HTTP {}", status)};
    IntrospectionAnswer answer;
    if (const char* const problem = jose::VisitObject(body, answer)) {
      return {Answer::kNone, problem};
    }
    const auto active = answer.has_active ? jose::MemberText(body, "active") : std::nullopt;
    if (active == "false") return {Answer::kRefused};
    if (active != "true") return {Answer::kNone, "the answer has no boolean \"active\""};
    // What is said about another token is not an answer.
    const auto differs = [](const std::string& said, const std::string& asked) {
      return !said.empty() && !asked.empty() && said != asked;
    };
    if (differs(answer.jti, subject.jti) || differs(answer.sub, subject.sub)) {
      return {Answer::kNone, "the answer is about another token"};
    }
    const int64_t now = clock_.WallSeconds();
    if (answer.exp && *answer.exp <= now) return {Answer::kRefused};
    if (answer.nbf && *answer.nbf > now) return {Answer::kRefused};
    return {Answer::kActive};
  }

 private:
  void Authenticate(outgoing::CurlList& headers) const {
    std::string header;
    if (options_.client.empty()) {
      header = "Authorization: Bearer ";
      header += options_.secret.Reveal();
    } else {
      std::string pair = FormEncode(options_.client) + ":" + FormEncode(options_.secret.Reveal());
      header = "Authorization: Basic " + base::Base64Encode(base::AsBytes(pair));
      base::Wipe(pair);
    }
    outgoing::Append(headers, header);
    base::Wipe(header);
  }

  const IntrospectionOptions options_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<const Service> MakeIntrospection(IntrospectionOptions options,
                                                 const base::Clock& clock) {
  return std::make_unique<Introspection>(std::move(options), clock);
}

}  // namespace sallyport::inquiry
