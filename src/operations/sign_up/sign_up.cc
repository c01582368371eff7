// SignUp: a user registers with a name and a password, and is sent a code to confirm the sign-up.
#include <optional>
#include <string>

#include "base/error_codes.h"
#include "base/random.h"
#include "domain/credentials/password.h"
#include "domain/credentials/password_policy.h"
#include "domain/errors.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/users/attributes.h"
#include "domain/users/sign_ups.h"
#include "operations/messages/code_delivery.h"
#include "operations/messages/custom_message.h"
#include "operations/operation.h"
#include "operations/sign_up/sign_up_hooks.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Status CheckPermitted(const domain::Pool& pool) {
  if (!pool.settings.only_administrators_create_users) return {};
  return domain::error::kSignUpNotPermitted();
}

base::Result<domain::User> SignedUpUser(const Call& call, const PublicCaller& caller,
                                        const api::SignUpInput& input) {
  domain::User user;
  user.pool_id = caller.pool->id;
  user.sub = base::RandomUuid();
  user.status = domain::kUnconfirmed;
  user.attributes = AttributesOf(input.user_attributes());
  SALLYPORT_TRY(domain::CheckMayWrite(*caller.client, user.attributes));
  SALLYPORT_TRY(domain::NameNewUser(*caller.pool, caller.username, user));
  SALLYPORT_TRY(domain::CheckNewAttributes(*caller.pool, user.attributes));
  std::string missing;
  for (const std::string& name : domain::MissingAttributes(*caller.pool, user.attributes)) {
    missing += domain::error::kAttributeMissing.Text(name) + '\n';
  }
  if (!missing.empty()) return domain::error::kSchemaMismatch(missing);
  std::erase_if(user.attributes, [](const auto& attribute) { return attribute.second.empty(); });
  for (const std::string_view name : {"email", "phone_number"}) {
    if (user.attributes.contains(name)) user.attributes[std::string(name) + "_verified"] = "false";
  }
  user.created_millis = call.services.clock.WallMillis();
  return user;
}

// Applies the decisions of the function.
void Apply(const PreSignUp& hook, domain::User& user) {
  if (hook.email_verified) user.attributes["email_verified"] = "true";
  if (hook.phone_number_verified) user.attributes["phone_number_verified"] = "true";
}

// This operation declares the same error for a name that is taken and for an alias that is taken.
base::Status AsSignUpDeclares(base::Status status) {
  if (status) return status;
  base::Error error = std::move(status).error();
  if (error.code == base::code::kAliasExists) error.code = base::code::kUsernameExists;
  return error;
}

base::Result<json::object> RunSignUp(Call& call, const api::SignUpInput& input) {
  SALLYPORT_ASSIGN(const PublicCaller caller, PublicCallerOf(call, PublicName(input)));
  SALLYPORT_TRY(CheckPermitted(*caller.pool));
  SALLYPORT_ASSIGN(domain::User user, SignedUpUser(call, caller, input));
  const std::string_view password = input.password();
  if (password.empty()) return domain::error::kMissingParameter("Password");
  // The commit checks this again; here it saves a password hash. It reveals nothing, since the
  // answer says it anyway.
  SALLYPORT_ASSIGN(const auto holder,
                   domain::FindUser(call.services.store, *caller.pool, user.username));
  if (holder) return domain::error::kUsernameTaken();
  SALLYPORT_TRY(domain::CheckPassword(*caller.pool, password));
  SALLYPORT_ASSIGN(const PreSignUp hook,
                   CallPreSignUp(call, *caller.pool, caller.client->id, user, ForPreSignUp(input)));
  Apply(hook, user);
  if (!hook.confirmed) {
    SALLYPORT_TRY(domain::CheckRoomForSignUp(call.services.store, call.services));
  }
  std::optional<domain::Channel> channel;
  if (!hook.confirmed) channel = SignUpChannel(*caller.pool, user);
  domain::CustomMessage custom;
  if (channel) {
    SALLYPORT_ASSIGN(custom,
                     PrepareMessage(call, *caller.pool, user, *channel,
                                    {"SignUp", caller.client->id, input.client_metadata()}));
  }
  SALLYPORT_ASSIGN(const domain::PreparedPassword prepared,
                   domain::PreparePassword(call.services, *caller.pool, user, password));
  const std::string code = domain::MakeCode(call.services.settings);
  const std::string_view status = hook.confirmed ? domain::kConfirmed : domain::kUnconfirmed;
  domain::User written;
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, caller.pool->id));
    SALLYPORT_TRY(CheckPermitted(pool));
    written = user;
    SALLYPORT_TRY(domain::SetPassword(tx, pool, written, prepared, status, user.created_millis));
    channel = hook.confirmed ? std::nullopt : SignUpChannel(pool, written);
    if (!hook.confirmed) {
      written.sign_up = SignUpStateAfter(channel.has_value(), call.services.clock.watched());
      SALLYPORT_TRY(domain::MakeRoomForSignUp(tx, call.services));
    }
    // An address that the function verifies becomes the new user's alias, whoever had it before.
    SALLYPORT_TRY(domain::CreateUser(tx, pool, written, hook.confirmed));
    if (!channel) return {};
    return SendCode(tx, call.services, pool, written, *channel,
                    {.purpose = domain::CodePurpose::kSignUp,
                     .cause = "SignUp",
                     .client_id = caller.client->id,
                     .code = code,
                     .custom = custom,
                     .count = domain::SendCount::kFree});
  };
  SALLYPORT_TRY(AsSignUpDeclares(domain::Commit(call.services, commit)));
  if (hook.confirmed) {
    SALLYPORT_TRY(CallPostConfirmation(call, *caller.pool, kConfirmedSignUp, caller.client->id,
                                       written, input.client_metadata()));
  }
  json::object answer{{"UserConfirmed", hook.confirmed}, {"UserSub", user.sub}};
  if (channel) answer["CodeDeliveryDetails"] = CodeDeliveryDetails(*channel);
  return answer;
}

}  // namespace

const Operation<api::SignUpInput> kSignUp = MakeOperation<RunSignUp, HashLane>();

}  // namespace sallyport::operations
