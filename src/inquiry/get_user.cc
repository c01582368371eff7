#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error_codes.h"
#include "inquiry/service.h"
#include "jose/strict_json.h"

namespace sallyport::inquiry {
namespace {

// The errors of GetUser that say something about the token or its user. All others say that the
// service has not answered the question.
constexpr std::array<std::string_view, 4> kRefusals = {
    base::code::kNotAuthorized, base::code::kUserNotFound, base::code::kUserNotConfirmed,
    base::code::kPasswordResetRequired};

class GetUserAnswer final : public jose::MemberVisitor {
 public:
  bool OnString(std::string_view name, std::string_view value) override {
    if (name == "Username") username = value;
    if (name == "__type") type = value.substr(value.rfind('#') + 1);  // npos + 1 is 0
    return true;
  }
  bool OnInteger(std::string_view name, int64_t) override { return OnOther(name); }
  bool OnOther(std::string_view name) override { return name != "Username" && name != "__type"; }

  std::string username, type;
};

class GetUser final : public Service {
 public:
  explicit GetUser(std::string url) : url_(std::move(url)) {}

  // A compact JWS consists of letters, digits, "-", "_" and ".", so it needs no escapes.
  std::optional<outgoing::Call> Ask(const Subject& subject) const override {
    return outgoing::Call{.url = url_,
                          .headers = {"Content-Type: application/x-amz-json-1.1",
                                      "X-Amz-Target: AWSCognitoIdentityProviderService.GetUser"},
                          .body = fmt::format("{{\"AccessToken\":\"{}\"}}", subject.token)};
  }

  Said Read(const Subject& subject, long status, const std::string& body) const override {
    GetUserAnswer answer;
    if (const char* const problem = jose::VisitObject(body, answer)) {
      return {Answer::kNone, fmt::format("HTTP {}: {}", status, problem)};
    }
    if (status == 200) {
      // An answer about another user is not an answer.
      if (!answer.username.empty() && answer.username == subject.username) {
        return {Answer::kActive};
      }
      return {Answer::kNone, "the answer is about another user than the token"};
    }
    const bool refused =
        std::find(kRefusals.begin(), kRefusals.end(), answer.type) != kRefusals.end();
    if (status == 400 && refused) return {Answer::kRefused};
    return {Answer::kNone, fmt::format("HTTP {} {}", status, answer.type)};
  }

 private:
  const std::string url_;
};

}  // namespace

std::unique_ptr<const Service> MakeGetUser(std::string url) {
  return std::make_unique<GetUser>(std::move(url));
}

}  // namespace sallyport::inquiry
