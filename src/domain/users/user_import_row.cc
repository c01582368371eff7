#include "domain/users/user_import_row.h"

#include <algorithm>
#include <set>

#include "base/random.h"
#include "base/text.h"
#include "domain/credentials/imported_hash.h"
#include "domain/errors.h"
#include "domain/users/attributes.h"

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

// Spreadsheets write TRUE for true.
std::string Cell(std::string_view column, std::string_view text) {
  const bool flag = column == kMfaEnabled || column.ends_with("_verified");
  return flag ? base::LowerCase(Trim(text)) : std::string(Trim(text));
}

base::Status CheckUsername(std::string_view username) {
  if (username.empty()) return error::kImportUsernameMissing();
  if (username.find_first_of(" \t") != std::string_view::npos) {
    return error::kImportUsernameSpaces();
  }
  if (base::CountCharacters(username) > kGreatestUsername) {
    return error::kImportUsernameTooLong();
  }
  if (!IsUsername(username)) return error::kImportUsernameUnseen();
  return {};
}

base::Status CheckMfa(const Pool& pool, std::string_view enabled) {
  if (enabled.empty()) return {};
  if (enabled != "true" && enabled != "false") {
    return error::kImportMfaNotBoolean();
  }
  const MfaMode mfa = pool.settings.mfa;
  if (mfa == MfaMode::kOn && enabled == "false") {
    return error::kImportMfaRequired();
  }
  if (mfa != MfaMode::kOn && enabled == "true") {
    return mfa == MfaMode::kOptional ? error::kImportMfaNotBuilt() : error::kImportMfaOff();
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
      return error::kImportUnknownColumn(name.substr(0, kShownName));
    }
    if (!seen.insert(name).second) {
      return error::kImportColumnTwice(name.substr(0, kShownName));
    }
    if (name == kUsername) columns.username_ = columns.names_.size();
    columns.names_.push_back(name);
  }
  if (!seen.contains(kUsername)) return error::kImportNoUsernameColumn();
  if (!algorithm.empty() && !seen.contains(kPasswordHash)) {
    return error::kImportNoHashColumn();
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
    return error::kImportNothingVerified();
  }
  for (const std::string name : {"email", "phone_number"}) {
    if (user.Attribute(name + "_verified") == "true" && user.Attribute(name).empty()) {
      return error::kImportVerifiedNothing(name, name);
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
        return error::kImportNoHashingAlgorithm();
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
  SALLYPORT_TRY(NameNewUser(pool, username, user, NewUserFrom::kDirectory));
  SALLYPORT_TRY(CheckNewAttributes(pool, user.attributes));
  SALLYPORT_TRY(CheckVerified(pool, user));
  if (const auto missing = MissingAttributes(pool, user.attributes); !missing.empty()) {
    return error::kSchemaMismatch(error::kAttributeMissing.Text(missing.front()));
  }
  return user;
}

}  // namespace sallyport::domain
