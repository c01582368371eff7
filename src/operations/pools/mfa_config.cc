#include "operations/pools/mfa_config.h"

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <utility>

#include "domain/errors.h"
#include "domain/records/record.h"
#include "operations/pools/settings_table.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::RecordOf;
using domain::Sparse;

namespace {

struct SmsFactor {
  std::optional<json::value> message, configuration;
};
constexpr auto kSmsFactor =
    RecordOf<SmsFactor>(Sparse("SmsAuthenticationMessage", &SmsFactor::message),
                        Sparse("SmsConfiguration", &SmsFactor::configuration));

// The form that both operations use.
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
// The part that is stored beside the description.
constexpr auto kKeptFactors =
    RecordOf<MfaShape>(Sparse("SoftwareTokenMfaConfiguration", &MfaShape::software_token),
                       Sparse("EmailMfaConfiguration", &MfaShape::email),
                       Sparse("WebAuthnConfiguration", &MfaShape::passkeys));
constexpr auto kDescribedMode = RecordOf<MfaShape>(Sparse("MfaConfiguration", &MfaShape::mode));

// AWS's sentences, as observed with SetUserPoolMfaConfig in August 2026.
base::Status CheckFactors(const api::SetUserPoolMfaConfigInput& input, bool off) {
  const auto token = input.software_token_mfa_configuration();
  const bool others = input.has_sms_mfa_configuration() || input.has_email_mfa_configuration();
  if (off && (others || token)) return domain::error::kMfaOffAndConfigured();
  const bool factor = others || (token && token->enabled(false));
  if (!off && !factor) return domain::error::kMfaWithoutFactor();
  return {};
}

// Whether MFA is off, according to the call or, where it does not say, to the pool.
bool IsOff(const api::SetUserPoolMfaConfigInput& input, const domain::Pool& pool) {
  const auto mode = input.mfa_configuration();
  return mode ? *mode == api::UserPoolMfaType::kOff : pool.settings.mfa == domain::MfaMode::kOff;
}

}  // namespace

json::object MfaConfig(const domain::Pool& pool) {
  MfaShape shape = kKeptFactors.Read(pool.mfa_factors);
  json::object sms = kSmsFactor.Write(kSmsFactor.Read(pool.description));
  if (!sms.empty()) shape.sms = std::move(sms);
  shape.mode = kDescribedMode.Read(pool.description).mode;
  return kMfaShape.Write(shape);
}

base::Status SetMfaConfig(const api::SetUserPoolMfaConfigInput& input, domain::Pool& pool) {
  SALLYPORT_TRY(CheckSettings(kMfaSettingsTable, input.json()));
  SALLYPORT_TRY(CheckFactors(input, IsOff(input, pool)));
  MfaShape given = kMfaShape.Read(input.json());
  if (!given.mode) given.mode = kDescribedMode.Read(pool.description).mode;
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
