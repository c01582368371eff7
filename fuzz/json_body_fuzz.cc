// Any bytes as the body of any built operation: Dispatcher::Prepare prepares it, or answers with
// one JSON object whose __type is the answer's code. The first byte chooses the operation.
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/family_keeper.h"
#include "domain/key_ring.h"
#include "domain/password_hasher.h"
#include "domain/services.h"
#include "domain/vault.h"
#include "operations/dispatch/model.h"
#include "operations/dispatcher.h"
#include "store/server_time.h"
#include "store/store.h"

namespace {

using sallyport::base::InternalError;
using sallyport::base::Result;
using sallyport::base::Status;
namespace revocation = sallyport::revocation;
namespace store = sallyport::store;

// Preparing needs no store.
class NoStore final : public store::Store {
 public:
  Result<std::optional<std::string>> Get(std::string_view key) override {
    if (key == store::kTimeRecord) return std::optional<std::string>("0 0 0");
    if (key == store::kWatchedRecord) return std::optional<std::string>("0");
    return InternalError("");
  }
  Result<std::vector<store::ListItem>> List(std::string_view, std::string_view,
                                            const std::optional<store::ListPosition>&,
                                            size_t) override {
    return InternalError("");
  }
  Result<store::Committed> Update(const std::function<Status(store::Tx&)>&) override {
    return InternalError("");
  }
  Result<store::IndexCount> CountOf(std::string_view) override { return InternalError(""); }
  Result<store::Committed> UpdateLog(const std::function<Status(store::LogTx&)>&) override {
    return InternalError("");
  }
  Result<store::Committed> UpdateRevoking(const std::function<Status(store::LogTx&)>&) override {
    return InternalError("");
  }
  Result<store::Release> Barrier() override { return InternalError(""); }
  store::Space GetSpace() override { return {}; }
  Result<std::vector<revocation::LogEntry>> ReadLog(uint64_t, size_t) override {
    return InternalError("");
  }
  Result<std::unique_ptr<store::Reader>> Snapshot() override { return InternalError(""); }
  revocation::LogPosition Head() override { return {}; }
  Result<std::optional<revocation::LogHash>> HashAt(uint64_t) override { return InternalError(""); }
  revocation::LogId log_id() override { return {}; }
  uint64_t LogSize() override { return 0; }
  uint64_t Commits() override { return 0; }
  Status PruneLog(store::ForgetBefore) override { return InternalError(""); }
  Status Scrub() override { return InternalError(""); }
  bool IsPast(const revocation::LogId&) override { return false; }
  store::Lineage lineage() override { return {}; }
  bool is_restored() override { return false; }
  std::string restored_reason() override { return {}; }
  Status MarkRestored(std::string_view) override { return InternalError(""); }
  Status BeginHistory() override { return InternalError(""); }
  uint32_t WitnessedTtl() override { return 0; }
  Status WitnessTtl(uint32_t) override { return InternalError(""); }
  void OnAppend(std::function<void(revocation::LogPosition)>) override {}
};

struct World {
  World() {
    for (const auto& operation : sallyport::operations::model::operations) {
      if (operation.operation) {
        targets.push_back("AWSCognitoIdentityProviderService." + std::string(operation.name));
      }
    }
  }
  NoStore none;
  sallyport::domain::Settings settings;
  sallyport::domain::Vault vault{std::array<uint8_t, sallyport::domain::Vault::kKeyBytes>{}};
  sallyport::domain::KeyRing keys{none, vault};
  sallyport::domain::PasswordHasher passwords{8, 1, 1};
  std::unique_ptr<store::ServerTime> time =
      store::ServerTime::Open(none, sallyport::base::SystemClock::Get()).value();
  sallyport::domain::FamilyKeeper families{none, *time};
  sallyport::domain::Services services{.settings = settings,
                                       .clock = *time,
                                       .store = none,
                                       .keys = keys,
                                       .passwords = passwords,
                                       .vault = vault,
                                       .families = families,
                                       .issuing_stopped = [] { return false; }};
  sallyport::operations::Dispatcher dispatcher{services};
  std::vector<std::string> targets;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size == 0) return 0;
  sallyport::operations::Request request;
  request.target = world.targets[data[0] % world.targets.size()];
  request.body = {reinterpret_cast<const char*>(data) + 1, size - 1};
  sallyport::operations::Answer early(store::Wait::NothingRevoked());
  auto prepared = world.dispatcher.Prepare(std::move(request), &early);
  if (prepared) {
    sallyport::operations::Dispatcher::LaneOf(*prepared);
    return 0;
  }
  boost::json::object body = boost::json::parse(early.body).as_object();
  if (early.status != 400 || body.at("__type").as_string() != early.error_code) std::abort();
  return 0;
}
