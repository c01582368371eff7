#include "operations/shared/mfa_config.h"

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <utility>

#include "domain/errors.h"
#include "domain/record.h"
#include "operations/shared/settings_table.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::Member;
using domain::RecordOf;
using domain::Sparse;

namespace {

struct SmsFactor {
  std::optional<json::value> message, configuration;
};
constexpr auto kSmsFactor =
    RecordOf<SmsFactor>(Sparse("SmsAuthenticationMessage", &SmsFactor::message),
                        Sparse("SmsConfiguration", &SmsFactor::configuration));

// The shape of both calls.
struct MfaShape {
  std::optional<json::object> sms, software_token, email;
  std::optional<std::string> mode;
  std::optional<json::object> passkeys;
};
constexpr auto kMfaShape = RecordOf<MfaShape>(
    Sparse("SmsMfaConfiguration", &MfaShape::sms),
    Sparse("SoftwareTokenMfaConfiguration", &MfaShape::software_token),
    Sparse("EmailMfaConfiguration", &MfaShape::email), Sparse("MfaConfiguration", &MfaShape::mode),
    Sparse("WebAuthnConfiguration", &MfaShape::passkeys));
// What is kept beside the description.
constexpr auto kKeptFactors =
    RecordOf<MfaShape>(Sparse("SoftwareTokenMfaConfiguration", &MfaShape::software_token),
                       Sparse("EmailMfaConfiguration", &MfaShape::email),
                       Sparse("WebAuthnConfiguration", &MfaShape::passkeys));
constexpr auto kDescribedMode = RecordOf<MfaShape>(Sparse("MfaConfiguration", &MfaShape::mode));

struct SoftwareToken {
  bool enabled = false;
};
constexpr auto kSoftwareToken = RecordOf<SoftwareToken>(Member("Enabled", &SoftwareToken::enabled));

bool IsOff(const std::optional<std::string>& mode) {
  return !mode || *mode == domain::kMfaModes[0].first;
}

// AWS's sentences (SetUserPoolMfaConfig of a pool of its own, August 2026).
base::Status CheckFactors(const MfaShape& given, bool off) {
  if (off && (given.sms || given.software_token || given.email)) {
    return domain::InvalidParameter(
        "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.");
  }
  const bool software_token =
      given.software_token && kSoftwareToken.Read(*given.software_token).enabled;
  if (!off && !given.sms && !given.email && !software_token) {
    return domain::InvalidParameter(
        "Invalid MFA configuration given, can't disable all MFAs with a required or optional "
        "configuration.");
  }
  return {};
}

}  // namespace

json::object MfaConfig(const domain::Pool& pool) {
  MfaShape shape = kKeptFactors.Read(pool.mfa_factors);
  json::object sms = kSmsFactor.Write(kSmsFactor.Read(pool.description));
  if (!sms.empty()) shape.sms = std::move(sms);
  shape.mode = kDescribedMode.Read(pool.description).mode;
  return kMfaShape.Write(shape);
}

base::Status SetMfaConfig(const json::object& input, domain::Pool& pool) {
  SALLYPORT_TRY(CheckSettings(kMfaSettingsTable, input));
  MfaShape given = kMfaShape.Read(input);
  if (!given.mode) given.mode = kDescribedMode.Read(pool.description).mode;
  SALLYPORT_TRY(CheckFactors(given, IsOff(given.mode)));
  MfaShape kept = kKeptFactors.Read(pool.mfa_factors);
  kept.software_token = std::move(given.software_token);
  kept.email = std::move(given.email);
  if (given.passkeys) kept.passkeys = std::move(given.passkeys);
  pool.mfa_factors = kKeptFactors.Write(kept);
  kDescribedMode.Replace(given, pool.description);
  if (given.sms) kSmsFactor.Replace(kSmsFactor.Read(*given.sms), pool.description);
  domain::ReadDescription(pool);
  return {};
}

}  // namespace sallyport::operations
