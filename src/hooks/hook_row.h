// HookRow: one line of configuration: which function is called by which transport.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "hooks/hook_transport.h"

namespace sallyport::hooks {

// "NAME=WAY", WAY being the transport. NAME is a function's name, name and qualifier ("name:live"),
// or whole ARN, or "*" for all that no other row names. WAY is one of
//   runtime:127.0.0.1:9301                           the Runtime API is served there
//   invoke:https://lambda.us-east-1.amazonaws.com    Lambda's Invoke at that endpoint
//   https://host/path                                the event is posted there
// http:// in place of https:// only to loopback.
struct HookRow {
  enum class Kind { kRuntime, kInvoke, kHttps };
  std::string function;
  Kind kind = Kind::kRuntime;
  std::string target;  // "127.0.0.1:9301", or the URL

  std::string transport() const;  // as it was written
};

// The error's message is one line for the operator. The form of a Runtime API's address is not
// looked at.
base::Result<HookRow> ParseHookRow(std::string_view text);

// How well the row fits: 0 not at all; the greater, the better.
int Fit(const HookRow& row, const Function& function);

}  // namespace sallyport::hooks
