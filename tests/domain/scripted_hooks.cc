#include "scripted_hooks.h"

#include <stdexcept>
#include <utility>

namespace sallyport::domain {

namespace json = boost::json;

namespace {

std::string ArnOf(const std::string& name) {
  return "arn:aws:lambda:eu-west-1:000000000000:function:" + name;
}

}  // namespace

std::string ScriptedHooks::Define(const std::string& name, Handler handler) {
  const std::lock_guard lock(mutex_);
  outcomes_.erase(ArnOf(name));
  handlers_[ArnOf(name)] = std::move(handler);
  return ArnOf(name);
}

std::string ScriptedHooks::DefineOutcome(const std::string& name, HookOutcome outcome) {
  const std::lock_guard lock(mutex_);
  outcomes_[ArnOf(name)] = std::move(outcome);
  return ArnOf(name);
}

HookOutcome ScriptedHooks::Run(std::string_view arn, const std::string& event) {
  json::object answer = json::parse(event).as_object();
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(answer);
    if (const auto outcome = outcomes_.find(arn); outcome != outcomes_.end()) {
      return outcome->second;
    }
    const auto found = handlers_.find(arn);
    if (found == handlers_.end()) {
      return {HookOutcome::Kind::kNotCalled, "ResourceNotFoundException", ""};
    }
    handler = found->second;
  }
  try {
    handler(answer);
  } catch (const std::runtime_error& raised) {
    return {HookOutcome::Kind::kRaised, raised.what(), ""};
  }
  return {HookOutcome::Kind::kAnswered, json::serialize(answer), ""};
}

std::vector<json::object> ScriptedHooks::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

json::object ScriptedHooks::LastEvent(std::string_view trigger_source) const {
  const std::lock_guard lock(mutex_);
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (event->at("triggerSource").as_string() == trigger_source) return *event;
  }
  return {};
}

}  // namespace sallyport::domain
