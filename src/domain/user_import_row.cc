#include "domain/user_import_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "domain/attributes.h"
#include "domain/errors.h"
#include "domain/imported_hash.h"
#include "domain/text.h"

namespace sallyport::domain {

namespace {

constexpr std::string_view kUsername = "cognito:username";
constexpr std::string_view kMfaEnabled = "cognito:mfa_enabled";
constexpr std::string_view kPasswordHash = "password_hash";
// UsernameType.
constexpr int64_t kGreatestUsername = 128;
constexpr size_t kShownName = 40;

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

// Spreadsheets write TRUE.
std::string Cell(std::string_view column, std::string_view text) {
  const bool flag = column == kMfaEnabled || column.ends_with("_verified");
  return flag ? LowerCase(Trim(text)) : std::string(Trim(text));
}

base::Status CheckUsername(std::string_view username) {
  if (username.empty()) return InvalidParameter("cognito:username is required.");
  if (username.find_first_of(" \t") != std::string_view::npos) {
    return InvalidParameter("cognito:username cannot contain spaces or tabs.");
  }
  if (CountCharacters(username) > kGreatestUsername) {
    return InvalidParameter("cognito:username is longer than 128 characters.");
  }
  return {};
}

base::Status CheckMfa(const Pool& pool, std::string_view enabled) {
  if (enabled.empty()) return {};
  if (enabled != "true" && enabled != "false") {
    return InvalidParameter("cognito:mfa_enabled must be true, false or blank.");
  }
  const MfaMode mfa = pool.settings.mfa;
  if (mfa == MfaMode::kOn && enabled == "false") {
    return InvalidParameter(
        "cognito:mfa_enabled must be true or blank: the user pool requires MFA.");
  }
  if (mfa != MfaMode::kOn && enabled == "true") {
    return InvalidParameter(
        mfa == MfaMode::kOptional
            ? "cognito:mfa_enabled cannot be true: SMS MFA for single users is not built."
            : "cognito:mfa_enabled must be false or blank: the user pool has no MFA.");
  }
  return {};
}

}  // namespace

std::vector<std::string> ImportHeader(const Pool& pool) {
  std::vector<std::string> header;
  for (const SchemaAttribute& attribute : pool.settings.schema) {
    if (attribute.name != "sub") header.push_back(attribute.name);
  }
  header.emplace_back(kMfaEnabled);
  header.emplace_back(kUsername);
  return header;
}

base::Result<UserImportColumns> UserImportColumns::Read(const Pool& pool,
                                                        std::string_view algorithm,
                                                        const std::vector<std::string>& header) {
  const std::vector<std::string> known = ImportHeader(pool);
  UserImportColumns columns;
  columns.algorithm_ = algorithm;
  std::set<std::string, std::less<>> seen;
  for (const std::string& cell : header) {
    const std::string name(Trim(cell));
    if (name != kPasswordHash && std::find(known.begin(), known.end(), name) == known.end()) {
      return InvalidParameter(
          fmt::format("The CSV header has a column that the user pool does not know: {}",
                      name.substr(0, kShownName)));
    }
    if (!seen.insert(name).second) {
      return InvalidParameter(
          fmt::format("The CSV header has a column twice: {}", name.substr(0, kShownName)));
    }
    if (name == kUsername) columns.username_ = columns.names_.size();
    columns.names_.push_back(name);
  }
  if (!seen.contains(kUsername))
    return InvalidParameter("The CSV header has no column cognito:username");
  if (!algorithm.empty() && !seen.contains(kPasswordHash)) {
    return InvalidParameter("The CSV header has no column password_hash");
  }
  return columns;
}

std::string_view UserImportColumns::Username(const std::vector<std::string>& fields) const {
  return Trim(fields[username_]);
}

base::Status UserImportColumns::CheckVerified(const Pool& pool, const User& user) const {
  const AttributeSet& automatic = pool.settings.auto_verified;
  const bool any = (automatic.email && user.Attribute("email_verified") == "true") ||
                   (automatic.phone_number && user.Attribute("phone_number_verified") == "true");
  if (!any) {
    return InvalidParameter(
        "The User Record does not set any of the auto verified attributes to true. (Example: "
        "email_verified to true).");
  }
  for (const std::string name : {"email", "phone_number"}) {
    if (user.Attribute(name + "_verified") == "true" && user.Attribute(name).empty()) {
      return InvalidParameter(fmt::format("{0} is required where {0}_verified is true.", name));
    }
  }
  return {};
}

base::Result<User> UserImportColumns::NewUser(const Pool& pool,
                                              const std::vector<std::string>& fields,
                                              int64_t now_millis) const {
  User user;
  user.pool_id = pool.id;
  user.sub = base::RandomUuid();
  user.status = kResetRequired;
  user.created_millis = user.modified_millis = now_millis;
  for (size_t i = 0; i < names_.size(); ++i) {
    std::string cell = Cell(names_[i], fields[i]);
    if (cell.empty() || i == username_) continue;
    if (names_[i] == kMfaEnabled) {
      SALLYPORT_TRY(CheckMfa(pool, cell));
    } else if (names_[i] == kPasswordHash) {
      if (algorithm_.empty()) {
        return InvalidParameter(
            "password_hash: the user import job names no PasswordHashingAlgorithm.");
      }
      SALLYPORT_TRY(CheckImportedHash(algorithm_, cell));
      user.status = kConfirmed;
      user.password_hash = std::move(cell);
      user.password_version = 1;
      user.password_millis = now_millis;
    } else {
      user.attributes[names_[i]] = std::move(cell);
    }
  }
  const std::string_view username = Username(fields);
  SALLYPORT_TRY(CheckUsername(username));
  SALLYPORT_TRY(NameNewUser(pool, username, user));
  SALLYPORT_TRY(CheckNewAttributes(pool, user.attributes));
  SALLYPORT_TRY(CheckVerified(pool, user));
  if (const auto missing = MissingAttributes(pool, user.attributes); !missing.empty()) {
    return InvalidParameter(
        fmt::format("Attributes did not conform to the schema: {}: The attribute is required",
                    missing.front()));
  }
  return user;
}

}  // namespace sallyport::domain
