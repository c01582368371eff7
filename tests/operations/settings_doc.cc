#include "settings_doc.h"

#include <string_view>

#include "operations/pools/settings_table.h"

namespace sallyport::operations {
namespace {

constexpr std::string_view kHead = R"(# Settings

Every member of the settings of user pools and app clients, and what it does in this version. Generated from
`src/operations/pools/settings_table.cc`: `cmake --build --preset release --target settings_doc`.

- **has effect**: as Amazon Cognito describes it.
- **kept**: stored and returned. It offers something that nobody can use yet, or nobody relies on it for protection; what it is kept for
  is said beside it.
- **refused**: it would protect somebody, or promise something, and has no effect. A call that asks for it is answered with
  InvalidParameterException and the sentence beside it. The values that ask for nothing are taken.

A member that the table does not have, a misspelt one above all, is refused, too; Cognito ignores it. A pool or client that an earlier version let
have a setting which is refused today keeps it, and the log says so at each start. One that requires MFA refuses sign-ins by a password alone
(`docs/decisions/0028-a-pool-that-requires-mfa.md`).
)";

std::string WordOfEffect(const Setting& setting) {
  if (setting.effect == Effect::kEnforced) return "has effect";
  if (setting.effect == Effect::kKept) return "kept";
  std::string taken;
  for (const std::string_view value : setting.taken) {
    if (!value.empty()) taken += (taken.empty() ? "" : " and ") + std::string(value);
  }
  return taken.empty() ? "refused" : "refused, but for " + taken;
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
