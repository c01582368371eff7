// Trigger: AWS's word for a point in a flow at which a function of the pool is called; and the
// function itself.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "domain/records/record.h"

namespace sallyport::domain {

enum class Trigger {
  kPreSignUp,
  kPostConfirmation,
  kPreAuthentication,
  kPostAuthentication,
  kPreTokenGeneration,
  kUserMigration,
  kCustomMessage,
  kDefineAuthChallenge,
  kCreateAuthChallenge,
  kVerifyAuthChallengeResponse,
  kCustomSmsSender,
  kCustomEmailSender,
  kInboundFederation,
};
inline constexpr size_t kTriggers = 13;

// The member of LambdaConfig that names the function. Error messages use it as the trigger's name,
// too.
std::string_view TriggerName(Trigger trigger);

struct HookFunction {
  std::string arn;  // empty: the pool has no function for this trigger
  int version = 1;  // version of the event: 1, 2, 3 for V1_0, V2_0, V3_0
  explicit operator bool() const { return !arn.empty(); }
};
inline constexpr WordTable<int, 3> kEventVersions{{{"V1_0", 1}, {"V2_0", 2}, {"V3_0", 3}}};
// Indexed by Trigger.
using HookFunctions = std::array<HookFunction, kTriggers>;

}  // namespace sallyport::domain
