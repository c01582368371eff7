#include "settings_doc.h"

#include <string_view>

#include "operations/pools/settings_table.h"

namespace sallyport::operations {
namespace {

constexpr std::string_view kHead = R"(# Settings

Every member of the settings of user pools and app clients, and what it does in this version. Generated from
`src/operations/pools/settings_table.cc`: `cmake --build --preset test --target settings_doc`.

- **has effect**: it does what Amazon Cognito's documentation says.
- **kept**: it is stored and returned, but does nothing more. Either it offers something that cannot be used yet, or nobody relies on it for
  protection. The third column says what it is for.
- **refused**: it would protect somebody, or promise something, but this version cannot do that. A call that asks for it is answered with
  InvalidParameterException and the sentence in the third column. Values that ask for nothing are accepted.

A member that the table does not have is refused, too, for example a misspelt one; Cognito ignores such members. A pool or client that got a
setting from an earlier version which is refused today keeps it, and the log says so at each start. If the setting requires MFA, sign-ins by a
password alone are refused (`docs/decisions/0028-a-pool-that-requires-mfa.md`).
)";

std::string WordOfEffect(const Setting& setting) {
  if (setting.effect == Effect::kEnforced) return "has effect";
  if (setting.effect == Effect::kKept) return "kept";
  std::string taken;
  for (const std::string_view value : setting.taken) {
    if (!value.empty()) taken += (taken.empty() ? "" : " and ") + std::string(value);
  }
  return taken.empty() ? "refused" : "refused, except " + taken;
}

std::string Table(std::string_view title, std::span<const Setting> table) {
  std::string text =
      "\n## " + std::string(title) + "\n\n| member | in this version | |\n|---|---|---|\n";
  for (const Setting& setting : table) {
    text += "| " + std::string(setting.member) + " | " + WordOfEffect(setting) + " | " +
            std::string(setting.note) + " |\n";
  }
  return text;
}

}  // namespace

std::string SettingsDoc() {
  return std::string(kHead) + Table("CreateUserPool, UpdateUserPool", kPoolSettingsTable) +
         Table("CreateUserPoolClient, UpdateUserPoolClient", kClientSettingsTable) +
         Table("SetUserPoolMfaConfig", kMfaSettingsTable);
}

}  // namespace sallyport::operations
