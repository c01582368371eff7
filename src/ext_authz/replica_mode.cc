#include "ext_authz/replica_mode.h"

#include <utility>

namespace sallyport::ext_authz {
namespace {

class ReplicaMode final : public Mode {
 public:
  ReplicaMode(std::shared_ptr<const authorizer::Rule> rule, authorizer::Gate& gate)
      : rule_(std::move(rule)), gate_(gate) {}

  std::optional<authorizer::Decision> Ask(const Question& question) override {
    return gate_.Authorize(*rule_, question.token());
  }

 private:
  const std::shared_ptr<const authorizer::Rule> rule_;
  authorizer::Gate& gate_;
};

}  // namespace

MakeMode ByReplica(authorizer::Rule rule) {
  return [shared = std::make_shared<const authorizer::Rule>(std::move(rule))](
             const Thread& thread) -> std::unique_ptr<Mode> {
    return std::make_unique<ReplicaMode>(shared, thread.gate);
  };
}

}  // namespace sallyport::ext_authz
