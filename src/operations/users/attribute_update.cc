#include "operations/users/attribute_update.h"

#include <array>
#include <boost/json/object.hpp>
#include <utility>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "operations/messages/code_delivery.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr std::string_view kUpdateCause = "UpdateUserAttribute";
constexpr std::array kMedia{domain::Medium::kEmail, domain::Medium::kSms};

// What the change of an address requires.
struct AddressChange {
  domain::Channel channel;
  bool pending = false;  // the present value stays until then
};

// Removes an address that must be verified first from `changes`. nullopt: no code is needed.
std::optional<AddressChange> TakeAddress(const domain::Pool& pool, const domain::User& user,
                                         domain::Medium medium, domain::Attributes& changes) {
  AddressChange change{{medium, ""}, false};
  const std::string attribute(change.channel.attribute());
  const std::string verified = attribute + "_verified";
  const auto given = changes.find(attribute);
  if (given == changes.end() || given->second.empty()) return std::nullopt;
  const auto said = changes.find(verified);
  if (said != changes.end() && said->second == "true") return std::nullopt;
  const bool is_new = user.Attribute(attribute) != given->second;
  if (!is_new && user.Attribute(verified) == "true" && said == changes.end()) return std::nullopt;
  change.channel.destination = given->second;
  change.pending = is_new && pool.settings.verified_before_update.Has(attribute);
  if (change.pending) {
    changes.erase(attribute);
    // The statement that the new address is verified must not be applied to the present one.
    changes.erase(verified);
  } else if (!pool.settings.auto_verified.Has(attribute)) {
    return std::nullopt;
  }
  return change;
}

// The operations that change attributes declare no other error for limits.
base::Status AsCodeErrorsAreDeclared(base::Status status) {
  if (status || status.error().code != base::code::kLimitExceeded) return status;
  base::Error error = std::move(status).error();
  error.code = base::code::kTooManyRequests;
  return error;
}

}  // namespace

base::Result<domain::Medium> AddressOf(std::string_view attribute) {
  for (const domain::Medium medium : kMedia) {
    if (domain::Channel{medium, ""}.attribute() == attribute) return medium;
  }
  return domain::error::kNoCodeForAttribute();
}

domain::CodePurpose VerificationOf(domain::Medium medium) {
  return medium == domain::Medium::kEmail ? domain::CodePurpose::kEmail
                                          : domain::CodePurpose::kPhoneNumber;
}

base::Result<VerificationCodes> PrepareVerification(const Call& call, const domain::Pool& pool,
                                                    const domain::User* user,
                                                    domain::Attributes changes,
                                                    std::string_view client_id,
                                                    const json::object* metadata) {
  VerificationCodes codes;
  for (const domain::Medium medium : kMedia) {
    VerificationCode& code = medium == domain::Medium::kEmail ? codes.email : codes.phone_number;
    code.code = domain::MakeCode(call.services.settings);
    if (user == nullptr) continue;
    const std::optional<AddressChange> change = TakeAddress(pool, *user, medium, changes);
    if (!change) continue;
    SALLYPORT_ASSIGN(code.custom, PrepareMessage(call, pool, *user, change->channel,
                                                 {kUpdateCause, client_id, metadata}));
  }
  return codes;
}

base::Result<std::vector<domain::Channel>> UpdateAttributes(
    store::Tx& tx, const domain::Services& services, const domain::Pool& pool, domain::User& user,
    domain::Attributes changes, const VerificationCodes& codes) {
  const int64_t now = services.clock.WallMillis();
  std::vector<domain::Channel> sent;
  for (const domain::Medium medium : kMedia) {
    const domain::CodePurpose purpose = VerificationOf(medium);
    if (changes.contains(domain::Channel{medium, ""}.attribute())) {
      // A code for an earlier value must not restore that value.
      SALLYPORT_TRY(domain::CancelCode(tx, services, {pool.id, user.sub, purpose}));
    }
    std::optional<AddressChange> change = TakeAddress(pool, user, medium, changes);
    if (!change) continue;
    const VerificationCode& code =
        medium == domain::Medium::kEmail ? codes.email : codes.phone_number;
    SALLYPORT_TRY(AsCodeErrorsAreDeclared(SendCode(tx, services, pool, user, change->channel,
                                                   {.purpose = purpose,
                                                    .cause = kUpdateCause,
                                                    .client_id = {},
                                                    .code = code.code,
                                                    .pending = change->pending,
                                                    .custom = code.custom,
                                                    .asker = domain::CodeAsker::kCredentials})));
    sent.push_back(std::move(change->channel));
  }
  domain::ApplyAttributes(user, changes);
  user.modified_millis = now;
  SALLYPORT_TRY(domain::UpdateUser(tx, pool, user));
  return sent;
}

base::Status DeleteAttributes(store::Tx& tx, const domain::Services& services,
                              const domain::Pool& pool, domain::User& user,
                              const std::vector<std::string>& names) {
  const int64_t now = services.clock.WallMillis();
  for (const std::string& name : names) {
    user.attributes.erase(name);
    const base::Result<domain::Medium> medium = AddressOf(name);
    if (!medium) continue;
    // An attribute that does not exist cannot be verified.
    user.attributes.erase(name + "_verified");
    SALLYPORT_TRY(domain::CancelCode(tx, services, {pool.id, user.sub, VerificationOf(*medium)}));
  }
  user.modified_millis = now;
  return domain::UpdateUser(tx, pool, user);
}

}  // namespace sallyport::operations
