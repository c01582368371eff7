#include "sign_in/migration.h"

#include <boost/json/array.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/random.h"
#include "domain/attributes.h"
#include "domain/commit.h"
#include "domain/hook.h"
#include "domain/json.h"
#include "domain/password.h"
#include "domain/user.h"
#include "sign_in/pre_sign_up.h"
#include "store/store.h"

namespace sallyport::sign_in {

namespace json = boost::json;

namespace {

base::Error NotMigrated(std::string message, std::string cause) {
  return {"UserNotFoundException", std::move(message), std::move(cause)};
}

// Who is looked for, and by which client's call.
struct Newcomer {
  const Attempt& attempt;
  std::string_view username;  // as given

  const domain::Services& services() const { return attempt.services; }
  const domain::Pool& pool() const { return *attempt.pool; }
};

base::Error NobodyThere(const Newcomer& newcomer, std::string cause) {
  return NotMigrated("Exception migrating user in app client " + newcomer.attempt.client->id,
                     std::move(cause));
}

// What the function said.
struct Found {
  domain::Attributes attributes;
  std::string username;  // empty: the one that was given
  std::string status;    // empty: not said
  bool force_alias = false;
};

bool IsAbsent(const json::object& response, std::string_view name) {
  const json::value* value = response.if_contains(name);
  return value == nullptr || value->is_null();
}

base::Status CheckDelivery(const json::object& response) {
  if (!IsAbsent(response, "messageAction") &&
      domain::StringMember(response, "messageAction") != "SUPPRESS") {
    return NotMigrated("Exception during user migration: Invalid messageAction", "");
  }
  if (IsAbsent(response, "desiredDeliveryMediums")) return {};
  const json::array* media = domain::ArrayMember(response, "desiredDeliveryMediums");
  bool right = media != nullptr;
  for (size_t i = 0; right && i < media->size(); ++i) {
    right = (*media)[i] == "SMS" || (*media)[i] == "EMAIL";
  }
  if (right) return {};
  return NotMigrated("Exception during user migration: Invalid desiredDeliveryMediums", "");
}

// Functions give booleans and numbers, too.
base::Result<std::string> AttributeText(std::string_view name, const json::value& value) {
  if (const json::string* text = value.if_string()) return std::string(*text);
  if (value.is_bool()) return std::string(value.get_bool() ? "true" : "false");
  if (value.is_int64()) return std::to_string(value.get_int64());
  return domain::InvalidHookResponse("attribute " + std::string(name) + " is no text");
}

base::Result<Found> Read(const Newcomer& newcomer, const json::object& response) {
  Found found;
  const json::object* attributes = domain::ObjectMember(response, "userAttributes");
  if (attributes == nullptr || attributes->empty()) {
    return NobodyThere(newcomer, "no userAttributes");
  }
  for (const auto& [name, value] : *attributes) {
    if (value.is_null()) continue;
    SALLYPORT_ASSIGN(std::string text, AttributeText(name, value));
    if (name == "username") {
      found.username = std::move(text);
    } else if (name != "sub") {  // of the other directory
      found.attributes[std::string(name)] = std::move(text);
    }
  }
  found.status = domain::StringMember(response, "finalUserStatus");
  if (found.status.empty()
          ? !IsAbsent(response, "finalUserStatus")
          : found.status != domain::kConfirmed && found.status != domain::kResetRequired) {
    return NotMigrated("Exception during user migration: Invalid finalUserStatus", found.status);
  }
  SALLYPORT_TRY(CheckDelivery(response));
  found.force_alias = domain::BoolMember(response, "forceAliasCreation");
  return found;
}

// `password`: nullptr for one that is forgotten.
base::Result<Found> Ask(const Newcomer& newcomer, const std::string_view* password) {
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
                        .user_agent = newcomer.attempt.peer.user_agent,
                        .request = std::move(request),
                        .response = {{"userAttributes", nullptr},
                                     {"forceAliasCreation", nullptr},
                                     {"enableSMSMFA", nullptr},
                                     {"finalUserStatus", nullptr},
                                     {"messageAction", nullptr},
                                     {"desiredDeliveryMediums", nullptr}}});
  if (response) return Read(newcomer, *response);
  if (response.error().code != "UnexpectedLambdaException") return response.error();
  return NobodyThere(newcomer, response.error().message + " " + response.error().cause);
}

base::Result<domain::User> NewUser(const Newcomer& newcomer, const Found& found) {
  domain::User user;
  user.pool_id = newcomer.pool().id;
  user.sub = base::RandomUuid();
  user.attributes = found.attributes;
  const std::string_view name =
      found.username.empty() ? newcomer.username : std::string_view(found.username);
  SALLYPORT_TRY(domain::NameNewUser(newcomer.pool(), name, user));
  SALLYPORT_TRY(domain::CheckNewAttributes(newcomer.pool(), user.attributes));
  std::erase_if(user.attributes, [](const auto& attribute) { return attribute.second.empty(); });
  user.created_millis = newcomer.services().clock.WallMillis();
  user.modified_millis = user.created_millis;
  return user;
}

// Somebody who signs in for the first time twice at once is created once.
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
  if (created || created.error().code == "UsernameExistsException") return {};
  if (created.error().code != "AliasExistsException") return created.error();
  return NobodyThere(newcomer, created.error().message);
}

// The app's metadata as a sign-up's ValidationData: AWS passes it so to the PreSignUp of a sign-in.
json::value AsValidationData(const json::object* metadata) {
  if (metadata == nullptr) return nullptr;
  std::map<std::string_view, json::value> sorted;
  for (const auto& [name, value] : *metadata) sorted.emplace(name, value);
  json::object data;
  for (const auto& [name, value] : sorted) data[name] = value;
  return data;
}

base::Status CallPreSignUp(const Newcomer& newcomer, const domain::User& user) {
  if (!domain::HookOf(newcomer.pool(), domain::Trigger::kPreSignUp)) return {};
  // It can refuse, but what it sets counts for nothing.
  SALLYPORT_TRY(AskPreSignUp({.services = newcomer.services(),
                              .pool = newcomer.pool(),
                              .source = "PreSignUp_AdminCreateUser",
                              .client_id = newcomer.attempt.client->id,
                              .user_agent = newcomer.attempt.peer.user_agent,
                              .user = user,
                              .validation = AsValidationData(newcomer.attempt.metadata)}));
  return {};
}

base::Status Fetch(const Newcomer& newcomer, const std::string_view* password) {
  SALLYPORT_ASSIGN(const Found found, Ask(newcomer, password));
  auto user = NewUser(newcomer, found);
  if (!user) return NotMigrated(user.error().message, "of the function's answer");
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
  if (!domain::HookOf(newcomer.pool(), domain::Trigger::kUserMigration)) return {};
  SALLYPORT_ASSIGN(const std::optional<domain::User> known,
                   domain::FindUser(newcomer.services().store, newcomer.pool(), newcomer.username));
  if (known) return {};
  return Fetch(newcomer, password);
}

// What a client may not be told that hides who exists.
bool IsHidden(const Newcomer& newcomer, const base::Status& status) {
  return !status && newcomer.attempt.client->settings.prevent_user_existence_errors &&
         status.error().code != "InternalErrorException" && !store::IsDiskFull(status.error());
}

}  // namespace

base::Status MigrateAtSignIn(const Attempt& attempt, std::string_view name,
                             std::string_view password) {
  const Newcomer newcomer{attempt, name};
  base::Status migrated = Migrate(newcomer, &password);
  if (!IsHidden(newcomer, migrated)) return migrated;
  return base::Error{"NotAuthorizedException", "Incorrect username or password.",
                     migrated.error().message + " " + migrated.error().cause};
}

base::Status MigrateAtForgotPassword(const Attempt& attempt, std::string_view name) {
  const Newcomer newcomer{attempt, name};
  base::Status migrated = Migrate(newcomer, nullptr);
  return IsHidden(newcomer, migrated) ? base::Status() : migrated;
}

}  // namespace sallyport::sign_in
