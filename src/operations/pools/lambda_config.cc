#include "operations/pools/lambda_config.h"

#include <string>

#include "domain/errors.h"
#include "domain/hooks/trigger.h"
#include "domain/records/record.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::Member;
using domain::RecordOf;
using domain::Word;

namespace {

// The two members that name the same function. The older one has only the ARN.
struct TokenFunctions {
  std::string older;
  json::object newer;
};
constexpr auto kTokenFunctions =
    RecordOf<TokenFunctions>(Member("PreTokenGeneration", &TokenFunctions::older),
                             Member("PreTokenGenerationConfig", &TokenFunctions::newer));
constexpr auto kVersioned = RecordOf<domain::HookFunction>(
    Word("LambdaVersion", &domain::HookFunction::version, domain::kEventVersions, 1),
    Member("LambdaArn", &domain::HookFunction::arn));

struct Senders {
  std::optional<json::object> sms, email;
  std::string key_id;
};
constexpr auto kSenders = RecordOf<Senders>(Member("CustomSMSSender", &Senders::sms),
                                            Member("CustomEmailSender", &Senders::email),
                                            Member("KMSKeyID", &Senders::key_id));

// Used for both inputs and descriptions.
struct Configured {
  json::object config;
};
constexpr auto kConfigured =
    RecordOf<Configured>(Member(domain::kHooksMember, &Configured::config));

base::Status AlignPreTokenGeneration(json::object& config, domain::PoolTier tier) {
  TokenFunctions functions = kTokenFunctions.Read(config);
  if (functions.newer.empty()) {
    if (functions.older.empty()) return {};
    functions.newer = kVersioned.Write({functions.older, 1});
  } else {
    const domain::HookFunction newer = kVersioned.Read(functions.newer);
    if (!functions.older.empty() && functions.older != newer.arn) {
      return domain::error::kPreTokenGenerationsDiffer();
    }
    if (tier == domain::PoolTier::kLite && newer.version > 1) {
      return domain::error::kNoTokenCustomization();
    }
    functions.older = newer.arn;
  }
  kTokenFunctions.Replace(functions, config);
  return {};
}

}  // namespace

base::Result<json::object> DescribeLambdaConfig(const json::object& input, domain::PoolTier tier) {
  json::object config = kConfigured.Read(input).config;
  SALLYPORT_TRY(AlignPreTokenGeneration(config, tier));
  const Senders senders = kSenders.Read(config);
  if ((senders.sms || senders.email) && senders.key_id.empty()) {
    return domain::error::kSenderWithoutKey();
  }
  return config;
}

json::object LambdaConfigOf(const domain::Pool& pool) {
  return kConfigured.Read(pool.description).config;
}

}  // namespace sallyport::operations
