// AdminCreateUser: an administrator creates a user with a temporary password, which the user gets
// in an invitation; or has the invitation sent once more.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error_codes.h"
#include "base/random.h"
#include "domain/credentials/password.h"
#include "domain/credentials/password_policy.h"
#include "domain/errors.h"
#include "domain/messages/message_template.h"
#include "domain/records/commit.h"
#include "domain/users/attributes.h"
#include "operations/messages/custom_message.h"
#include "operations/operation.h"
#include "operations/sign_up/sign_up_hooks.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr std::string_view kCause = "AdminCreateUser";

// The temporary password: the one that is given, or a random one.
std::string TemporaryPassword(const domain::Pool& pool, const api::AdminCreateUserInput& input) {
  const std::string_view given = input.temporary_password();
  return given.empty() ? domain::MakeTemporaryPassword(pool) : std::string(given);
}

api::DeliveryMediumType DesiredFor(domain::Medium medium) {
  return medium == domain::Medium::kSms ? api::DeliveryMediumType::kSms
                                        : api::DeliveryMediumType::kEmail;
}

// Where the invitation is sent: by the desired media for which the user has an address; where none
// is named, to the phone number, or else to the e-mail address.
std::vector<domain::Channel> InvitationChannels(const domain::User& user,
                                                const api::AdminCreateUserInput& input) {
  const auto desired = input.desired_delivery_mediums();
  std::vector<domain::Channel> channels;
  for (const domain::Medium medium : {domain::Medium::kSms, domain::Medium::kEmail}) {
    domain::Channel channel{medium, ""};
    channel.destination = user.Attribute(channel.attribute());
    const bool wanted = desired.empty() ? channels.empty() : desired.contains(DesiredFor(medium));
    if (wanted && !channel.destination.empty()) channels.push_back(std::move(channel));
  }
  return channels;
}

struct Invitation {
  std::string password;
  std::map<domain::Medium, domain::CustomMessage> custom;
};

// Called before the commit: lets the pool's functions change the invitations.
base::Status Prepare(const Call& call, const domain::Pool& pool, const domain::User& user,
                     const api::AdminCreateUserInput& input, Invitation& invitation) {
  for (const domain::Channel& channel : InvitationChannels(user, input)) {
    SALLYPORT_ASSIGN(
        invitation.custom[channel.medium],
        PrepareMessage(call, pool, user, channel, {kCause, "", input.client_metadata()}));
  }
  return {};
}

// Called within the commit that sets the password.
base::Status Invite(store::Tx& tx, const Call& call, const domain::Pool& pool,
                    const domain::User& user, const api::AdminCreateUserInput& input,
                    const Invitation& invitation) {
  for (const domain::Channel& channel : InvitationChannels(user, input)) {
    const auto custom = invitation.custom.find(channel.medium);
    const auto message = domain::MakeInvitation(
        pool, user, channel,
        {kCause, "", invitation.password,
         custom != invitation.custom.end() ? custom->second : domain::CustomMessage()},
        call.services.clock.WallMillis());
    if (message) SALLYPORT_TRY(domain::QueueMessage(tx, call.services, *message));
  }
  return {};
}

// This operation declares the same error for a name that is taken and for an alias that is taken.
base::Status AsAdminCreateUserDeclares(base::Status status) {
  if (status) return status;
  base::Error error = std::move(status).error();
  if (domain::error::kUsernameTaken.Is(error)) return domain::error::kAccountTaken();
  if (error.code == base::code::kAliasExists) error.code = base::code::kUsernameExists;
  return error;
}

base::Result<domain::User> NewUser(const Call& call, const domain::Pool& pool,
                                   const api::AdminCreateUserInput& input) {
  domain::User user;
  user.pool_id = pool.id;
  user.sub = base::RandomUuid();
  user.status = domain::kForceChangePassword;
  user.attributes = AttributesOf(input.user_attributes());
  SALLYPORT_TRY(domain::NameNewUser(pool, input.username(), user));
  SALLYPORT_TRY(domain::CheckNewAttributes(pool, user.attributes));
  std::erase_if(user.attributes, [](const auto& attribute) { return attribute.second.empty(); });
  user.created_millis = call.services.clock.WallMillis();
  return user;
}

base::Result<json::object> Create(Call& call, const domain::Pool& pool,
                                  const api::AdminCreateUserInput& input) {
  SALLYPORT_ASSIGN(domain::User user, NewUser(call, pool, input));
  // The commit checks this again; here it saves a password hash.
  SALLYPORT_ASSIGN(const auto holder, domain::FindUser(call.services.store, pool, user.username));
  if (holder) return domain::error::kAccountTaken();
  Invitation invitation{TemporaryPassword(pool, input), {}};
  SALLYPORT_TRY(domain::CheckPassword(pool, invitation.password));
  SALLYPORT_TRY(CallPreSignUpByAdmin(call, pool, "", user, ForPreSignUp(input)));
  const bool silent = input.message_action() == api::MessageActionType::kSuppress;
  if (!silent) SALLYPORT_TRY(Prepare(call, pool, user, input, invitation));
  SALLYPORT_ASSIGN(const domain::PreparedPassword prepared,
                   domain::PreparePassword(call.services, pool, user, invitation.password));
  const bool force_alias = input.force_alias_creation(false);
  domain::User written;
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool present, domain::GetPool(tx, pool.id));
    written = user;
    SALLYPORT_TRY(domain::SetPassword(tx, present, written, prepared, domain::kForceChangePassword,
                                      user.created_millis));
    SALLYPORT_TRY(domain::CreateUser(tx, present, written, force_alias));
    return silent ? base::Status() : Invite(tx, call, present, written, input, invitation);
  };
  SALLYPORT_TRY(AsAdminCreateUserDeclares(domain::Commit(call.services, commit)));
  return json::object{{"User", UserType(written)}};
}

// Sends the invitation once more, with the password that is given or a new one, whose validity
// begins now. Where a new one could be sent to nobody, the old one stays.
base::Result<json::object> Resend(Call& call, const domain::Pool& pool,
                                  const api::AdminCreateUserInput& input) {
  SALLYPORT_ASSIGN(const domain::User named,
                   domain::RequireUser(call.services.store, pool, input.username()));
  Invitation invitation;
  std::optional<domain::PreparedPassword> prepared;
  if (input.has_temporary_password() || !InvitationChannels(named, input).empty()) {
    invitation.password = TemporaryPassword(pool, input);
    SALLYPORT_TRY(domain::CheckPassword(pool, invitation.password));
    if (named.status == domain::kForceChangePassword) {
      SALLYPORT_TRY(Prepare(call, pool, named, input, invitation));
    }
    SALLYPORT_ASSIGN(prepared,
                     domain::PreparePassword(call.services, pool, named, invitation.password));
  }
  domain::User written;
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    if (user.status != domain::kForceChangePassword) {
      return domain::error::kResendNotPossible(user.username);
    }
    if (user.sub != named.sub) {
      return domain::error::kNoSuchUser.Because("renamed meanwhile");
    }
    const int64_t now = call.services.clock.WallMillis();
    if (prepared) {
      SALLYPORT_TRY(domain::SetPassword(tx, pool, user, *prepared, user.status, now));
      SALLYPORT_TRY(Invite(tx, call, pool, user, input, invitation));
    }
    user.password_millis = now;
    user.modified_millis = now;
    SALLYPORT_TRY(domain::UpdateUser(tx, pool, user));
    written = user;
    return {};
  };
  SALLYPORT_TRY(ChangeNamedUser(call, pool, input.username(), change));
  return json::object{{"User", UserType(written)}};
}

base::Result<json::object> RunAdminCreateUser(Call& call, const api::AdminCreateUserInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  if (input.message_action() == api::MessageActionType::kResend) return Resend(call, *pool, input);
  return Create(call, *pool, input);
}

}  // namespace

const Operation<api::AdminCreateUserInput> kAdminCreateUser =
    MakeOperation<RunAdminCreateUser, HashLane>();

}  // namespace sallyport::operations
