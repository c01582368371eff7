// AdminCreateUser: a new user with a temporary password, or the invitation once more.
#include <optional>
#include <string>

#include "base/random.h"
#include "domain/attributes.h"
#include "domain/commit.h"
#include "domain/json.h"
#include "domain/password.h"
#include "domain/password_policy.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// The given temporary password or a generated one.
base::Result<domain::PreparedPassword> TemporaryPassword(const Call& call, const domain::Pool& pool,
                                                         const domain::User& user,
                                                         std::string_view given) {
  if (!given.empty()) return domain::PreparePassword(call.services, pool, user, given);
  return domain::PreparePassword(call.services, pool, user, domain::MakeTemporaryPassword(pool));
}

base::Error Exists() {
  return {"UsernameExistsException", "User account already exists", ""};
}

// This operation declares one error for a taken name and for a taken alias.
base::Status AsDeclared(base::Status status) {
  if (status) return status;
  base::Error error = std::move(status).error();
  if (error.message == "User already exists") return Exists();
  if (error.code == "AliasExistsException") error.code = "UsernameExistsException";
  return error;
}

base::Result<domain::User> NewUser(const Call& call, const domain::Pool& pool,
                                   const json::object& input) {
  domain::User user;
  user.pool_id = pool.id;
  user.sub = base::RandomUuid();
  user.attributes = domain::ReadAttributes(domain::ArrayMember(input, "UserAttributes"));
  SALLYPORT_TRY(domain::NameNewUser(pool, domain::StringMember(input, "Username"), user));
  SALLYPORT_TRY(domain::CheckNewAttributes(pool, user.attributes));
  std::erase_if(user.attributes, [](const auto& attribute) { return attribute.second.empty(); });
  user.created_millis = call.services.clock.WallMillis();
  return user;
}

base::Result<json::object> Create(Call& call, const domain::Pool& pool, const json::object& input) {
  SALLYPORT_ASSIGN(domain::User user, NewUser(call, pool, input));
  // Asked for again in the commit; here it saves a hash.
  SALLYPORT_ASSIGN(const auto holder, domain::FindUser(call.services.store, pool, user.username));
  if (holder) return Exists();
  SALLYPORT_ASSIGN(
      const domain::PreparedPassword password,
      TemporaryPassword(call, pool, user, domain::StringMember(input, "TemporaryPassword")));
  const bool force_alias = domain::BoolMember(input, "ForceAliasCreation");
  domain::User written;
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool present, domain::GetPool(tx, pool.id));
    written = user;
    SALLYPORT_TRY(domain::SetPassword(tx, present, written, password, domain::kForceChangePassword,
                                      user.created_millis));
    return domain::CreateUser(tx, present, written, force_alias);
  };
  SALLYPORT_TRY(AsDeclared(domain::Commit(call.services, commit)));
  return json::object{{"User", UserType(written)}};
}

// The invitation goes out once more: the time to use the temporary password begins anew, and it
// changes if another one is given.
base::Result<json::object> Resend(Call& call, const domain::Pool& pool, const json::object& input) {
  const std::string_view given = domain::StringMember(input, "TemporaryPassword");
  SALLYPORT_ASSIGN(
      const domain::User named,
      domain::RequireUser(call.services.store, pool, domain::StringMember(input, "Username")));
  std::optional<domain::PreparedPassword> password;
  if (!given.empty()) {
    SALLYPORT_ASSIGN(password, domain::PreparePassword(call.services, pool, named, given));
  }
  domain::User written;
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    if (user.status != domain::kForceChangePassword) {
      return base::Error{
          "UnsupportedUserStateException",
          "Resend not possible. " + user.username + " status is not FORCE_CHANGE_PASSWORD", ""};
    }
    const int64_t now = call.services.clock.WallMillis();
    if (password) {
      SALLYPORT_TRY(domain::SetPassword(tx, pool, user, *password, user.status, now));
    } else {
      user.password_millis = now;
      user.modified_millis = now;
    }
    SALLYPORT_TRY(domain::UpdateUser(tx, pool, user));
    written = user;
    return {};
  };
  SALLYPORT_TRY(ChangeNamedUser(call, pool, input, change));
  return json::object{{"User", UserType(written)}};
}

base::Result<json::object> Run(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  if (domain::StringMember(input, "MessageAction") == "RESEND") return Resend(call, *pool, input);
  return Create(call, *pool, input);
}

}  // namespace

const Operation kAdminCreateUser{Run, HashLane};

}  // namespace sallyport::operations
