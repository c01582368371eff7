// ScriptedHooks: functions written in the test, called with the event as the server makes it.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "domain/hooks/hook.h"

namespace sallyport::domain {

class ScriptedHooks : public HookRunner {
 public:
  // Changes the event and returns, as a handler does that gives its event back. If it throws
  // std::runtime_error(message), it is a function that raises an error.
  using Handler = std::function<void(boost::json::object& event)>;

  // The function's ARN, for LambdaConfig. Calling it with the same name again replaces the handler.
  std::string Define(const std::string& name, Handler handler);
  // How every call of that function ends, whatever the handler does.
  std::string DefineOutcome(const std::string& name, HookOutcome outcome);

  HookOutcome Run(std::string_view arn, const std::string& event) override;

  // All events so far, as the functions received them.
  std::vector<boost::json::object> events() const;
  // The last event with that triggerSource; empty: none.
  boost::json::object LastEvent(std::string_view trigger_source) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Handler, std::less<>> handlers_;      // by ARN
  std::map<std::string, HookOutcome, std::less<>> outcomes_;  // by ARN
  std::vector<boost::json::object> events_;
};

}  // namespace sallyport::domain
