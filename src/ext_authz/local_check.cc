#include "ext_authz/local_check.h"

#include <utility>

#include "authorizer/issuer_gate.h"
#include "base/clock.h"

namespace sallyport::ext_authz {
namespace {

using authorizer::Decision;
using authorizer::Rule;

class ReplicaCheck final : public LocalCheck {
 public:
  ReplicaCheck(std::shared_ptr<const Rule> rule, authorizer::Gate& gate)
      : rule_(std::move(rule)), gate_(gate) {}

  Decision Authorize(std::string_view token) override { return gate_.Authorize(*rule_, token); }

 private:
  const std::shared_ptr<const Rule> rule_;
  authorizer::Gate& gate_;
};

class IssuerKeysCheck final : public LocalCheck {
 public:
  IssuerKeysCheck(std::shared_ptr<const Rule> rule, std::shared_ptr<inquiry::IssuerKeys> keys)
      : rule_(std::move(rule)),
        keys_(std::move(keys)),
        gate_(rule_->issuers().front(), base::SystemClock::Get()) {}

  Decision Authorize(std::string_view token) override {
    Use(keys_->Now());
    Decision decision = gate_.Authorize(*rule_, token);
    if (decision.reason == SALLYPORT_REASON_UNKNOWN_KEY) keys_->Miss();
    return decision;
  }

 private:
  void Use(inquiry::IssuerKeys::Keys keys) {
    if (keys == used_) return;
    used_ = std::move(keys);
    gate_.Forget();
    if (!used_) return;
    for (const inquiry::PublishedKey& key : *used_) gate_.Trust(key.kid, key.jwk);
  }

  const std::shared_ptr<const Rule> rule_;
  const std::shared_ptr<inquiry::IssuerKeys> keys_;
  authorizer::IssuerGate gate_;
  inquiry::IssuerKeys::Keys used_;
};

}  // namespace

MakeLocalCheck ByReplica(Rule rule) {
  return [shared = std::make_shared<const Rule>(std::move(rule))](const Thread& thread) {
    return std::make_unique<ReplicaCheck>(shared, thread.gate);
  };
}

MakeLocalCheck ByIssuerKeys(Rule rule, std::shared_ptr<inquiry::IssuerKeys> keys) {
  return [shared = std::make_shared<const Rule>(std::move(rule)), keys = std::move(keys)](
             const Thread&) { return std::make_unique<IssuerKeysCheck>(shared, keys); };
}

}  // namespace sallyport::ext_authz
