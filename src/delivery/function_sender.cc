#include "delivery/function_sender.h"

#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/error_codes.h"
#include "domain/messages/custom_sender.h"
#include "domain/pools/pool.h"

namespace sallyport::delivery {
namespace {

using Kind = Outcome::Kind;

class FunctionSender final : public Transport {
 public:
  FunctionSender(const domain::Services& services, std::unique_ptr<const DataKeys> kms)
      : services_(services), kms_(std::move(kms)) {}

  Outcome Send(const domain::Message& message) override {
    const auto pool = domain::GetPool(services_, message.pool_id);
    if (!pool) {
      return {pool.error().code == base::code::kResourceNotFound ? Kind::kRefused : Kind::kLater,
              pool.error().code};
    }
    const domain::Trigger trigger = domain::SenderOf(message.medium);
    const std::string name(domain::TriggerName(trigger));
    if (!domain::HookFunctionOf(**pool, trigger)) {
      return {Kind::kRefused, "the pool has no function " + name};
    }
    const std::string_view key_id = domain::SenderKeyId(**pool);
    if (key_id.empty()) return {Kind::kRefused, "LambdaConfig has no KMSKeyID for " + name};
    if (!kms_) return {Kind::kRefused, "no KMS (kms-url) to encrypt the code for " + name};
    const EncryptionContext context{{"userpool-id", message.pool_id}};
    const auto key = kms_->Generate(key_id, context, stopped());
    if (!key) {
      return {key.error().code == base::code::kRefused ? Kind::kRefused : Kind::kLater,
              key.error().message};
    }
    const auto code = EncryptMessage(*key, context, message.code);
    if (!code) return {Kind::kLater, code.error().cause};
    const base::Status called =
        domain::CallSender(services_, **pool, message, base::Base64Encode(base::AsBytes(*code)));
    // The message of a function's error is not logged, because it may contain the address.
    if (!called) return {Kind::kLater, name + ": " + called.error().code};
    return {};
  }

 private:
  const domain::Services& services_;
  const std::unique_ptr<const DataKeys> kms_;
};

}  // namespace

std::unique_ptr<Transport> MakeFunctionSender(const domain::Services& services,
                                              std::unique_ptr<const DataKeys> kms) {
  return std::make_unique<FunctionSender>(services, std::move(kms));
}

}  // namespace sallyport::delivery
