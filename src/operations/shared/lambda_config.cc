#include "operations/shared/lambda_config.h"

#include <string>

#include "domain/errors.h"
#include "domain/json.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::ObjectMember;
using domain::StringMember;

namespace {

// One function in two members: the legacy one names the ARN alone.
base::Status AlignPreTokenGeneration(json::object& config, std::string_view tier) {
  const std::string legacy(StringMember(config, "PreTokenGeneration"));
  const json::object* versioned = ObjectMember(config, "PreTokenGenerationConfig");
  if (versioned == nullptr) {
    if (legacy.empty()) return {};
    config["PreTokenGenerationConfig"] =
        json::object{{"LambdaVersion", "V1_0"}, {"LambdaArn", legacy}};
    return {};
  }
  const std::string arn(StringMember(*versioned, "LambdaArn"));
  if (!legacy.empty() && legacy != arn) {
    return domain::error::kPreTokenGenerationsDiffer();
  }
  if (tier == "LITE" && StringMember(*versioned, "LambdaVersion") != "V1_0") {
    return domain::error::kNoTokenCustomization();
  }
  config["PreTokenGeneration"] = arn;
  return {};
}

}  // namespace

base::Result<json::object> DescribeLambdaConfig(const json::object& input, std::string_view tier) {
  const json::object* given = ObjectMember(input, "LambdaConfig");
  json::object config = given != nullptr ? *given : json::object();
  SALLYPORT_TRY(AlignPreTokenGeneration(config, tier));
  const bool custom_sender =
      config.contains("CustomEmailSender") || config.contains("CustomSMSSender");
  if (custom_sender && StringMember(config, "KMSKeyID").empty()) {
    return domain::error::kSenderWithoutKey();
  }
  return config;
}

}  // namespace sallyport::operations
