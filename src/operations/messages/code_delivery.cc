#include "operations/messages/code_delivery.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "domain/clients/secret_hash.h"
#include "domain/limits/ceilings.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// The share of the room for messages: a stranger's sign-up may use half of it.
domain::Share ShareOf(domain::CodePurpose purpose) {
  return purpose == domain::CodePurpose::kSignUp ? domain::Share::kHalf : domain::Share::kWhole;
}

constexpr int kLastDigits = 10'000;

// The media by which addresses are verified automatically, in the order of preference.
std::vector<domain::Medium> SignUpMedia(const domain::Pool& pool) {
  std::vector<domain::Medium> media;
  for (const domain::Medium medium : {domain::Medium::kSms, domain::Medium::kEmail}) {
    const domain::Channel channel{medium, ""};
    if (pool.settings.auto_verified.Has(channel.attribute())) media.push_back(medium);
  }
  return media;
}

// On a full disk a wrong guess cannot be counted, and is refused with this error. A guess where no
// code is valid need not be counted, but must get the same error, so that the two cannot be told
// apart.
base::Error Refused(const domain::Services& services, base::Error refusal) {
  if (!services.store.GetSpace().only_revocations) return refusal;
  return store::DiskFullError("a guess that was refused: " + refusal.code);
}

}  // namespace

base::Result<PublicCaller> PublicCallerOf(const Call& call, const PublicName& given) {
  PublicCaller caller;
  caller.username = given.username;
  SALLYPORT_ASSIGN(caller.client, domain::GetClient(call.services, given.client_id));
  SALLYPORT_TRY(domain::CheckSecretHash(call.services.vault, *caller.client, given.secret_hash,
                                        {caller.username}));
  if (call.on_page) caller.client = domain::HidingUsers(caller.client);
  SALLYPORT_ASSIGN(caller.pool, domain::GetPool(call.services, caller.client->pool_id));
  return caller;
}

std::optional<domain::Channel> SignUpChannel(const domain::Pool& pool, const domain::User& user) {
  for (const domain::Medium medium : SignUpMedia(pool)) {
    domain::Channel channel{medium, ""};
    channel.destination = user.Attribute(channel.attribute());
    if (!channel.destination.empty()) return channel;
  }
  return std::nullopt;
}

std::optional<domain::Medium> LikelySignUpMedium(const domain::Pool& pool, std::string_view name) {
  const std::vector<domain::Medium> media = SignUpMedia(pool);
  if (media.empty()) return std::nullopt;
  return MediumOfName(media, name);
}

domain::Medium MediumOfName(const std::vector<domain::Medium>& media, std::string_view name) {
  const bool is_email = name.find('@') != std::string_view::npos;
  if (!is_email && !name.starts_with('+')) return media.front();
  const auto own = is_email ? domain::Medium::kEmail : domain::Medium::kSms;
  return std::find(media.begin(), media.end(), own) != media.end() ? own : media.front();
}

domain::SignUpState SignUpStateAfter(bool code_sent, store::WatchedTime now) {
  const int64_t valid = domain::CodeValidMillis(domain::CodePurpose::kSignUp);
  return {.code_sent = code_sent, .millis = code_sent ? now.millis() + valid : now.millis()};
}

domain::Channel SimulatedChannel(const Call& call, const domain::Pool& pool, std::string_view name,
                                 domain::Medium medium) {
  const bool is_email = name.find('@') != std::string_view::npos;
  const bool is_phone = name.starts_with('+');
  if (medium == domain::Medium::kEmail ? is_email : is_phone) return {medium, std::string(name)};
  const std::string bytes = call.services.vault.Mac("simulated destination",
                                                    pool.id + "/" + domain::Normalised(pool, name));
  const auto byte = [&bytes](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (medium == domain::Medium::kSms) {
    const std::string digits =
        std::to_string(kLastDigits + ((byte(0) << 8) | byte(1)) % kLastDigits);
    return {medium, "+" + digits};
  }
  // Most addresses belong to a few providers.
  constexpr std::string_view kProviders = "ggggghhoyicw";
  std::string address(1, static_cast<char>('a' + byte(0) % 26));
  address += '@';
  address += kProviders[byte(1) % kProviders.size()];
  return {medium, std::move(address)};
}

json::object CodeDeliveryDetails(const domain::Channel& channel) {
  return {{"Destination", domain::MaskedDestination(channel)},
          {"DeliveryMedium", domain::MediumName(channel.medium)},
          {"AttributeName", channel.attribute()}};
}

base::Status SendCode(store::Tx& tx, const domain::Services& services, const domain::Pool& pool,
                      const domain::User& user, const domain::Channel& channel,
                      const OutgoingCode& code) {
  const int64_t now = services.clock.WallMillis();
  const domain::CodeTarget target{std::string(channel.attribute()), channel.destination,
                                  code.pending};
  const bool by_anybody = code.asker == domain::CodeAsker::kAnybody;
  // Room is made before the code is replaced. Otherwise the replaced code could make room, and
  // whether somebody has a code could be told.
  if (by_anybody) SALLYPORT_TRY(domain::MakeRoomForMessage(tx, services, ShareOf(code.purpose)));
  domain::Message message =
      domain::MakeCodeMessage(services.settings, pool, user, channel,
                              {code.cause, code.client_id, code.code, code.custom}, now);
  if (by_anybody) {
    message.by_anybody = true;
    message.serves_until_millis =
        services.clock.watched().millis() + domain::CodeValidMillis(code.purpose);
  }
  SALLYPORT_TRY(domain::PutCode(tx, services, {pool.id, user.sub, code.purpose}, code.code, target,
                                code.asker, message.id, code.count));
  return domain::QueueMessage(tx, services, std::move(message));
}

base::Status SimulateCode(const Call& call, const domain::Pool& pool, std::string_view name,
                          domain::CodePurpose purpose) {
  const domain::CodeSlot slot = domain::UnknownSlot(call.services, pool, name, purpose);
  return domain::Commit(call.services, [&](store::Tx& tx) -> base::Status {
    // No message is queued, but the call is refused where a user's message would be.
    SALLYPORT_TRY(domain::MakeRoomForMessage(tx, call.services, ShareOf(purpose)));
    return domain::PutCode(tx, call.services, slot, "", {}, domain::CodeAsker::kAnybody);
  });
}

base::Status CommitGuess(
    const domain::Services& services,
    const std::function<base::Result<domain::CodeVerdict>(store::Tx& tx)>& change) {
  std::optional<base::Error> refusal;
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::CodeVerdict verdict, change(tx));
    refusal = std::move(verdict.refusal);
    return {};
  };
  SALLYPORT_TRY(domain::Commit(services, commit));
  if (refusal) return Refused(services, *std::move(refusal));
  return {};
}

base::Result<store::Release> CommitRevokingGuess(
    const domain::Services& services,
    const std::function<base::Result<domain::CodeVerdict>(store::LogTx& tx)>& change) {
  std::optional<base::Error> refusal;
  const auto commit = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::CodeVerdict verdict, change(tx));
    refusal = std::move(verdict.refusal);
    return {};
  };
  SALLYPORT_ASSIGN(const store::Release release, domain::CommitRevoking(services, commit));
  if (refusal) return Refused(services, *std::move(refusal));
  return release;
}

base::Status GuessInVain(const Call& call, const domain::Pool& pool, std::string_view name,
                         domain::CodePurpose purpose, std::string_view guess, domain::NoCode none) {
  const domain::CodeSlot slot = domain::UnknownSlot(call.services, pool, name, purpose);
  SALLYPORT_TRY(CommitGuess(call.services, [&](store::Tx& tx) {
    return domain::JudgeCode(tx, call.services, slot, guess, domain::CodeUse::kKeep, none);
  }));
  return base::InternalError("a code that was never sent was found right");
}

}  // namespace sallyport::operations
