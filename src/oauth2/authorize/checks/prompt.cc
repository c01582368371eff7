// prompt (OpenID Connect Core section 3.1.2.1).
#include <string>

#include "domain/errors.h"
#include "domain/pools/resource_server.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {
namespace {

constexpr domain::WordTable<Prompt, 4> kPrompts{{{"none", Prompt::kNone},
                                                 {"login", Prompt::kLogin},
                                                 {"select_account", Prompt::kSelectAccount},
                                                 {"consent", Prompt::kConsent}}};

}  // namespace

base::Status CheckPrompt(const CheckInput& input, AuthorizationRequest& request) {
  for (const std::string& word : domain::SplitScope(input.Get("prompt"))) {
    bool known = false;
    for (const auto& [name, prompt] : kPrompts) {
      if (word != name) continue;
      request.prompt.Add(prompt);
      known = true;
    }
    if (!known) return domain::error::kPromptUnknown();
  }
  if (request.prompt.Has(Prompt::kNone) && request.prompt.HasOtherThan(Prompt::kNone)) {
    return domain::error::kPromptNoneWithOthers();
  }
  return {};
}

}  // namespace sallyport::oauth2
