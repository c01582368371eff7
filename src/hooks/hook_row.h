// HookRow: one line of configuration, which says by which transport a function is called.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "hooks/hook_transport.h"

namespace sallyport::hooks {

// Written as "NAME=TRANSPORT". NAME is a function's name, name and qualifier ("name:live") or whole
// ARN, or "*" for all functions that no other row names. TRANSPORT is one of
//
// clang-format off
//     runtime:127.0.0.1:9301                           the Runtime API is served there
//     invoke:https://lambda.us-east-1.amazonaws.com    Lambda's Invoke at that endpoint
//     https://host/path                                the event is posted there
// clang-format on
//
// http:// may be used in place of https:// only for loopback addresses.
struct HookRow {
  enum class Kind { kRuntime, kInvoke, kHttps };
  std::string function;
  Kind kind = Kind::kRuntime;
  std::string target;  // "127.0.0.1:9301", or the URL

  std::string transport() const;  // as it was written in the configuration
};

// An error's message is one line for the operator. The address of a Runtime API is not checked
// here.
base::Result<HookRow> ParseHookRow(std::string_view text);

// How well the row matches: 0 not at all; the greater, the better.
int Fit(const HookRow& row, const Function& function);

}  // namespace sallyport::hooks
