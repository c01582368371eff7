// SetUserPoolMfaConfig: keeps what only offers more, and refuses what would be relied on and has no
// effect yet.
#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Status CheckKept(const json::object& input) {
  for (std::string_view member :
       {"SmsMfaConfiguration", "EmailMfaConfiguration", "WebAuthnConfiguration"}) {
    if (input.contains(member)) {
      return domain::InvalidParameter(std::string(member) +
                                      " is not built in this version of Sallyport.");
    }
  }
  if (domain::StringMember(input, "MfaConfiguration") != "ON") return {};
  return domain::InvalidParameter(
      "MfaConfiguration ON is not built in this version of Sallyport: nobody could sign in.");
}

base::Result<json::object> RunSetUserPoolMfaConfig(Call& call, const json::object& input) {
  SALLYPORT_TRY(CheckKept(input));
  const json::object* token = domain::ObjectMember(input, "SoftwareTokenMfaConfiguration");
  const bool enabled = token != nullptr && domain::BoolMember(*token, "Enabled");
  const bool off = domain::StringMember(input, "MfaConfiguration") != "OPTIONAL";
  // Both in AWS's words; a configuration that is off takes none at all.
  if (off && token != nullptr) {
    return domain::InvalidParameter(
        "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.");
  }
  if (!off && !enabled) {
    return domain::InvalidParameter(
        "Invalid MFA configuration given, can't disable all MFAs with a required or optional "
        "configuration.");
  }
  json::object answer{{"MfaConfiguration", off ? "OFF" : "OPTIONAL"}};
  if (enabled) answer["SoftwareTokenMfaConfiguration"] = json::object{{"Enabled", true}};

  const auto set = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool,
                     domain::GetPool(tx, domain::StringMember(input, "UserPoolId")));
    pool.description["MfaConfiguration"] = answer.at("MfaConfiguration");
    pool.software_token_mfa = enabled;
    pool.modified_millis = call.services.clock.WallMillis();
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, set));
  return answer;
}

}  // namespace

const Operation kSetUserPoolMfaConfig{RunSetUserPoolMfaConfig};

}  // namespace sallyport::operations
