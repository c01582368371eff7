// Handler: from an event of API Gateway to a reply.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "authorizer/gate.h"
#include "authorizer/rule.h"
#include "base/clock.h"
#include "base/result.h"
#include "lambda/event.h"
#include "lambda/prover.h"
#include "lambda/reply.h"
#include "lambda/settings.h"

namespace sallyport::lambda {

// Not thread-safe.
class Handler {
 public:
  // `clock` must outlive it.
  static base::Result<std::unique_ptr<Handler>> Open(Settings settings, const base::Clock& clock);

  // Decides on one call of the API. It waits for the server for at most `patience`, or for as long
  // as the settings say if that is less.
  Reply Handle(std::string_view event, std::chrono::milliseconds patience);

  // What may be done when nobody waits.
  void Tidy() { prover_->Tidy(); }

 private:
  Handler(Settings settings, const base::Clock& clock, std::unique_ptr<Prover> prover);

  Reply Decide(const Event& event, std::string_view token, std::chrono::milliseconds patience);
  // A denial that no answer of the server could change: forged tokens cost it nothing.
  std::optional<authorizer::Decision> RefuseAtOnce(std::string_view token);
  authorizer::Decision Authorize(std::string_view token);

  const Settings settings_;
  const base::Clock& clock_;
  const authorizer::Rule rule_;
  const std::unique_ptr<Prover> prover_;
  // Made when there is a Replica.
  std::optional<authorizer::Gate> gate_;
};

}  // namespace sallyport::lambda
