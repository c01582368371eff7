// SetUserPoolMfaConfig: keeps what only offers more, and refuses what would be relied on and has no
// effect yet.
#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Status CheckKept(const api::SetUserPoolMfaConfigInput& input) {
  if (input.has_sms_mfa_configuration()) return domain::error::kNotBuilt("SmsMfaConfiguration");
  if (input.has_email_mfa_configuration()) return domain::error::kNotBuilt("EmailMfaConfiguration");
  if (input.has_web_authn_configuration()) return domain::error::kNotBuilt("WebAuthnConfiguration");
  if (input.mfa_configuration() != api::UserPoolMfaType::kOn) return {};
  return domain::error::kMfaOnNotBuilt();
}

base::Result<json::object> RunSetUserPoolMfaConfig(Call& call,
                                                   const api::SetUserPoolMfaConfigInput& input) {
  SALLYPORT_TRY(CheckKept(input));
  const auto token = input.software_token_mfa_configuration();
  const bool enabled = token && token->enabled(false);
  const bool off = input.mfa_configuration() != api::UserPoolMfaType::kOptional;
  // A configuration that is off takes no factor at all.
  if (off && token) return domain::error::kMfaOffAndConfigured();
  if (!off && !enabled) return domain::error::kMfaWithoutFactor();
  json::object answer{{"MfaConfiguration", off ? "OFF" : "OPTIONAL"}};
  if (enabled) answer["SoftwareTokenMfaConfiguration"] = json::object{{"Enabled", true}};

  const auto set = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, input.user_pool_id()));
    pool.description["MfaConfiguration"] = off ? "OFF" : "OPTIONAL";
    pool.software_token_mfa = enabled;
    pool.modified_millis = call.services.clock.WallMillis();
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, set));
  return answer;
}

}  // namespace

const Operation<api::SetUserPoolMfaConfigInput> kSetUserPoolMfaConfig =
    MakeOperation<RunSetUserPoolMfaConfig>();

}  // namespace sallyport::operations
