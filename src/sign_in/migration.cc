#include "sign_in/migration.h"

#include <boost/json/array.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/error_codes.h"
#include "base/random.h"
#include "domain/credentials/password.h"
#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "domain/records/commit.h"
#include "domain/users/attributes.h"
#include "domain/users/user.h"
#include "hook_model/answers.h"
#include "sign_in/pre_sign_up.h"
#include "store/store.h"

namespace sallyport::sign_in {

namespace json = boost::json;

namespace {

// Who is looked for, and in which client's call.
struct Newcomer {
  const Attempt& attempt;
  std::string_view username;  // as given
  bool& looked;               // set to whether the function may have received the event

  const domain::Services& services() const { return attempt.services; }
  const domain::Pool& pool() const { return *attempt.pool; }
};

// What the function has answered.
struct Found {
  domain::Attributes attributes;
  std::string username;  // empty: the name that was given
  std::string status;    // empty: it does not say
  bool force_alias = false;
};

base::Status CheckDelivery(const domain::UserMigrationAnswer& said) {
  const domain::HookMember action = said.message_action();
  if (action.value != nullptr && domain::HookText(action) != "SUPPRESS") {
    return domain::error::kMigrationBadMessageAction();
  }
  const domain::HookMember desired = said.desired_delivery_mediums();
  if (desired.value == nullptr) return {};
  const json::array* media = desired.value->if_array();
  bool right = media != nullptr;
  for (size_t i = 0; right && i < media->size(); ++i) {
    right = (*media)[i] == "SMS" || (*media)[i] == "EMAIL";
  }
  if (right) return {};
  return domain::error::kMigrationBadMediums();
}

// Functions may also give booleans and numbers.
base::Result<std::string> AttributeText(std::string_view name, const json::value& value) {
  if (const json::string* text = value.if_string()) return std::string(*text);
  if (value.is_bool()) return std::string(value.get_bool() ? "true" : "false");
  if (value.is_int64()) return std::to_string(value.get_int64());
  return domain::error::kHookAnswerUnrecognized.Because("attribute " + std::string(name) +
                                                        " is not a string");
}

base::Result<Found> Read(const Newcomer& newcomer, const json::object& response) {
  Found found;
  const domain::UserMigrationAnswer said(response);
  const json::value* given = said.user_attributes().value;
  const json::object* attributes = given != nullptr ? given->if_object() : nullptr;
  if (attributes == nullptr || attributes->empty()) {
    return domain::error::kMigrationFailed.Because("no userAttributes",
                                                   newcomer.attempt.client->id);
  }
  for (const auto& [name, value] : *attributes) {
    if (value.is_null()) continue;
    SALLYPORT_ASSIGN(std::string text, AttributeText(name, value));
    if (name == "username") {
      found.username = std::move(text);
    } else if (name != "sub") {  // the other directory's sub is not used
      found.attributes[std::string(name)] = std::move(text);
    }
  }
  const domain::HookMember status = said.final_user_status();
  found.status = domain::HookText(status);
  if (found.status.empty()
          ? status.value != nullptr
          : found.status != domain::kConfirmed && found.status != domain::kResetRequired) {
    return domain::error::kMigrationBadStatus.Because(found.status);
  }
  SALLYPORT_TRY(CheckDelivery(said));
  const json::value* force = said.force_alias_creation().value;
  found.force_alias = force != nullptr && force->is_bool() && force->get_bool();
  return found;
}

// `password` is nullptr if it was forgotten.
base::Result<Found> AskFunction(const Newcomer& newcomer, const std::string_view* password) {
  json::object request;
  const json::object* metadata = newcomer.attempt.metadata;
  if (password != nullptr) {
    request["password"] = *password;
    request["validationData"] = metadata != nullptr ? json::value(*metadata) : json::value();
    request["userAttributes"] = nullptr;
  } else if (metadata != nullptr) {
    request["clientMetadata"] = *metadata;
  }
  const auto response =
      domain::CallHook(newcomer.services(), newcomer.pool(),
                       {.trigger = domain::Trigger::kUserMigration,
                        .source = password != nullptr ? "UserMigration_Authentication"
                                                      : "UserMigration_ForgotPassword",
                        .username = newcomer.username,
                        .client_id = newcomer.attempt.client->id,
                        .user_agent = newcomer.attempt.context.user_agent,
                        .request = std::move(request),
                        .response = {{"userAttributes", nullptr},
                                     {"forceAliasCreation", nullptr},
                                     {"enableSMSMFA", nullptr},
                                     {"finalUserStatus", nullptr},
                                     {"messageAction", nullptr},
                                     {"desiredDeliveryMediums", nullptr}},
                        .delivered = &newcomer.looked});
  if (response) return Read(newcomer, *response);
  if (response.error().code != base::code::kUnexpectedLambda) return response.error();
  return domain::error::kMigrationFailed.Because(
      response.error().message + " " + response.error().cause, newcomer.attempt.client->id);
}

base::Result<domain::User> NewUser(const Newcomer& newcomer, const Found& found) {
  domain::User user;
  user.pool_id = newcomer.pool().id;
  user.sub = base::RandomUuid();
  user.attributes = found.attributes;
  const std::string_view name =
      found.username.empty() ? newcomer.username : std::string_view(found.username);
  SALLYPORT_TRY(domain::NameNewUser(newcomer.pool(), name, user, domain::NewUserFrom::kDirectory));
  SALLYPORT_TRY(domain::CheckNewAttributes(newcomer.pool(), user.attributes));
  std::erase_if(user.attributes, [](const auto& attribute) { return attribute.second.empty(); });
  user.created_millis = newcomer.services().clock.WallMillis();
  user.modified_millis = user.created_millis;
  return user;
}

// If somebody signs in for the first time twice at the same moment, the user is created once.
base::Status Create(const Newcomer& newcomer, const domain::User& user, const Found& found,
                    const std::optional<domain::PreparedPassword>& prepared) {
  const base::Status created =
      domain::Commit(newcomer.services(), [&](store::Tx& tx) -> base::Status {
        SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, newcomer.pool().id));
        domain::User written = user;
        if (prepared) {
          SALLYPORT_TRY(
              domain::SetPassword(tx, pool, written, *prepared, user.status, user.created_millis));
        }
        return domain::CreateUser(tx, pool, written, found.force_alias);
      });
  if (created || created.error().code == base::code::kUsernameExists) return {};
  if (created.error().code != base::code::kAliasExists) return created.error();
  return domain::error::kMigrationFailed.Because(created.error().message,
                                                 newcomer.attempt.client->id);
}

// Passes the app's metadata as ValidationData, as AWS does for the PreSignUp of a sign-in.
json::value AsValidationData(const json::object* metadata) {
  if (metadata == nullptr) return nullptr;
  std::map<std::string_view, json::value> sorted;
  for (const auto& [name, value] : *metadata) sorted.emplace(name, value);
  json::object data;
  for (const auto& [name, value] : sorted) data[name] = value;
  return data;
}

base::Status CallPreSignUp(const Newcomer& newcomer, const domain::User& user) {
  if (!domain::HookFunctionOf(newcomer.pool(), domain::Trigger::kPreSignUp)) return {};
  // The function can refuse, but what it sets is ignored.
  SALLYPORT_TRY(AskPreSignUp({.services = newcomer.services(),
                              .pool = newcomer.pool(),
                              .source = "PreSignUp_AdminCreateUser",
                              .client_id = newcomer.attempt.client->id,
                              .user_agent = newcomer.attempt.context.user_agent,
                              .user = user,
                              .validation = AsValidationData(newcomer.attempt.metadata)}));
  return {};
}

base::Status Fetch(const Newcomer& newcomer, const std::string_view* password) {
  SALLYPORT_ASSIGN(const Found found, AskFunction(newcomer, password));
  auto user = NewUser(newcomer, found);
  if (!user)
    return base::Error{base::code::kUserNotFound, user.error().message, "of the function's answer"};
  const std::string_view usual = password != nullptr ? domain::kConfirmed : domain::kResetRequired;
  user->status = found.status.empty() ? usual : std::string_view(found.status);
  SALLYPORT_TRY(CallPreSignUp(newcomer, *user));
  std::optional<domain::PreparedPassword> prepared;
  if (password != nullptr) {
    SALLYPORT_ASSIGN(prepared, domain::PrepareUncheckedPassword(newcomer.services(),
                                                                newcomer.pool(), *user, *password));
  }
  return Create(newcomer, *user, found, prepared);
}

base::Status Migrate(const Newcomer& newcomer, const std::string_view* password) {
  if (!domain::HookFunctionOf(newcomer.pool(), domain::Trigger::kUserMigration)) return {};
  SALLYPORT_ASSIGN(const std::optional<domain::User> known,
                   domain::FindUser(newcomer.services().store, newcomer.pool(), newcomer.username));
  if (known) return {};
  return Fetch(newcomer, password);
}

// Errors that would reveal whether a user exists, where the client hides that.
bool IsHidden(const Newcomer& newcomer, const base::Status& status) {
  return !status && newcomer.attempt.client->settings.prevent_user_existence_errors &&
         status.error().code != base::code::kInternalError && !store::IsDiskFull(status.error());
}

}  // namespace

bool MigratesAtSignIn(const Attempt& attempt) {
  return static_cast<bool>(domain::HookFunctionOf(*attempt.pool, domain::Trigger::kUserMigration));
}

base::Status MigrateAtSignIn(const Attempt& attempt, std::string_view name,
                             std::string_view password, bool& looked) {
  looked = false;
  const Newcomer newcomer{attempt, name, looked};
  base::Status migrated = Migrate(newcomer, &password);
  if (!IsHidden(newcomer, migrated)) return migrated;
  return domain::error::kIncorrectUsernameOrPassword.Because(migrated.error().message + " " +
                                                             migrated.error().cause);
}

base::Status MigrateAtForgotPassword(const Attempt& attempt, std::string_view name) {
  bool looked = false;
  const Newcomer newcomer{attempt, name, looked};
  base::Status migrated = Migrate(newcomer, nullptr);
  return IsHidden(newcomer, migrated) ? base::Status() : migrated;
}

}  // namespace sallyport::sign_in
