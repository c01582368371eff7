#include "ext_authz/local_mode.h"

#include <utility>

namespace sallyport::ext_authz {
namespace {

class LocalMode final : public Mode {
 public:
  explicit LocalMode(std::unique_ptr<LocalCheck> check) : check_(std::move(check)) {}

  std::optional<authorizer::Decision> Ask(const Question& question) override {
    return check_->Authorize(question.token());
  }

 private:
  const std::unique_ptr<LocalCheck> check_;
};

}  // namespace

MakeMode AtOnce(MakeLocalCheck check) {
  return [check = std::move(check)](const Thread& thread) -> std::unique_ptr<Mode> {
    return std::make_unique<LocalMode>(check(thread));
  };
}

}  // namespace sallyport::ext_authz
