#include "operations/recovery/account_recovery.h"

#include <boost/json/object.hpp>
#include <string>
#include <utility>
#include <vector>

#include "domain/errors.h"
#include "operations/messages/code_delivery.h"
#include "operations/messages/custom_message.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// The media in RecoveryMechanisms in the order of their priority, without recovery by an
// administrator.
std::vector<domain::Medium> MediaOf(const domain::Pool& pool) {
  std::vector<domain::Medium> media;
  for (const domain::RankedRecovery& recovery : pool.settings.recovery) {
    switch (recovery.mechanism) {
      case domain::RecoveryMechanism::kVerifiedEmail:
        media.push_back(domain::Medium::kEmail);
        break;
      case domain::RecoveryMechanism::kVerifiedPhoneNumber:
        media.push_back(domain::Medium::kSms);
        break;
      case domain::RecoveryMechanism::kAdministratorOnly:
        break;
    }
  }
  return media;
}

}  // namespace

base::Status CheckSelfService(const domain::Pool& pool) {
  if (!pool.settings.RecoversByCode()) return domain::error::kContactAdministrator();
  return {};
}

std::optional<domain::Channel> RecoveryChannel(const domain::Pool& pool, const domain::User& user) {
  for (const domain::Medium medium : MediaOf(pool)) {
    domain::Channel channel{medium, ""};
    channel.destination = user.Attribute(channel.attribute());
    const std::string verified = std::string(channel.attribute()) + "_verified";
    if (!channel.destination.empty() && user.Attribute(verified) == "true") {
      return channel;
    }
  }
  return std::nullopt;
}

domain::Medium LikelyMedium(const domain::Pool& pool, std::string_view name) {
  return MediumOfName(MediaOf(pool), name);
}

base::Status CheckResettable(const domain::User& user) {
  if (!user.enabled) return domain::error::kUserDisabled();
  if (user.status == domain::kForceChangePassword) {
    return domain::error::kResetNotPossible();
  }
  return {};
}

base::Result<domain::CustomMessage> PrepareRecovery(const Call& call, const domain::Pool& pool,
                                                    std::string_view username,
                                                    std::string_view client_id,
                                                    const json::object* metadata) {
  if (!PreparesMessages(pool)) return domain::CustomMessage();
  SALLYPORT_ASSIGN(const std::optional<domain::User> user,
                   domain::FindUser(call.services.store, pool, username));
  if (!user || !CheckResettable(*user)) return domain::CustomMessage();
  const std::optional<domain::Channel> channel = RecoveryChannel(pool, *user);
  if (!channel) return domain::CustomMessage();
  return PrepareMessage(call, pool, *user, *channel, {"ForgotPassword", client_id, metadata});
}

}  // namespace sallyport::operations
