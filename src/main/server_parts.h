// ServerParts: the parts of a server, in the order in which they can be made. They are destroyed in
// the reverse order.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "delivery/courier.h"
#include "delivery/encryption_sdk.h"
#include "delivery/logout_notifier.h"
#include "domain/credentials/password_hasher.h"
#include "domain/credentials/password_looks.h"
#include "domain/keys/key_ring.h"
#include "domain/keys/vault.h"
#include "domain/limits/ceilings.h"
#include "domain/limits/throttle.h"
#include "domain/services.h"
#include "domain/tokens/family_keeper.h"
#include "domain/tokens/geo_database.h"
#include "feed/hub.h"
#include "hooks/configured_hooks.h"
#include "http/feed_listener.h"
#include "http/server.h"
#include "http1/memory.h"
#include "main/secret_files.h"
#include "main/serve_settings.h"
#include "operations/dispatcher.h"
#include "store/server_time.h"
#include "store/store.h"
#include "upkeep/housekeeper.h"
#include "upkeep/import_runner.h"
#include "upkeep/key_rotator.h"
#include "upkeep/leftover_keeper.h"

namespace sallyport::main {

// What is opened and read before any part is made.
struct Opened {
  std::unique_ptr<store::Store> store;
  std::unordered_map<std::string, base::Secret> credentials;
  std::unique_ptr<AgentTokens> agent_tokens;  // for old Agents; null: they are not served
  std::unique_ptr<const domain::Vault> vault;
  std::unique_ptr<store::ServerTime> time;
  // nullptr: sessions are shown without a place
  std::unique_ptr<const domain::GeoDatabase> geo_database;
  delivery::Transports transports;
  std::unique_ptr<const delivery::DataKeys> kms;  // nullptr: there is none
  std::unique_ptr<boost::asio::io_context> context;
  std::unique_ptr<http::ClientContexts> clients;
  std::unique_ptr<http::Metrics> metrics;
  std::unique_ptr<hooks::ConfiguredHooks> hooks;
};

// An error is one line for the operator.
base::Result<Opened> Open(const ServeSettings& settings);

class IoThreads;

// Agents get their share first; the public gets the rest.
struct ConnectionLimits {
  http::FeedListenerOptions feed;
  size_t connections = 0;
};

// Used by one thread. Call BindFeed, MakeReady, Start and Stop in this order, each once. If one of
// them fails, the object may be destroyed without Stop.
class ServerParts {
 public:
  // `descriptors`: how many files the process may open. `settings` must outlive the parts.
  // `operators`: the listeners of --operator-listen.
  ServerParts(const ServeSettings& settings, size_t descriptors, Opened opened, http::Bound bound,
              http::Bound operators);
  ~ServerParts();
  ServerParts(const ServerParts&) = delete;
  ServerParts& operator=(const ServerParts&) = delete;

  base::Status BindFeed();
  // Seals keys, checks their issuers, and finishes what an earlier process left unfinished. From
  // here on nothing is released before the leases of earlier processes have ended. If it fails
  // because of an issuer, nothing was written.
  base::Status MakeReady();
  void Start();
  // Between Start and Stop: reads the certificate, credentials and old Agents' tokens again, and
  // opens the log file again. What cannot be read stays as it was, and the log says so.
  void Reload();
  void Stop();

 private:
  http::Backends MakeBackends();
  void SayWhere() const;

  const ServeSettings& settings_;
  Opened opened_;
  const std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
  const std::vector<boost::asio::ip::tcp::endpoint> operator_endpoints_;
  const bool tls_;
  const domain::Settings domain_settings_;
  const ConnectionLimits limits_;
  feed::Hub hub_;
  http::FeedListener feed_;
  domain::KeyRing keys_;
  domain::PasswordHasher passwords_;
  domain::FamilyKeeper families_;
  domain::PasswordLooks password_looks_;
  domain::Throttle throttle_;
  domain::CeilingWatch ceiling_watch_;
  upkeep::ImportRunner imports_;
  const domain::Services services_;
  const operations::Dispatcher dispatcher_;
  http::SigV4Verifier verifier_;
  http::WorkerPool quick_;
  http::WorkerPool hash_;
  http::WorkerPool hash_revoking_;
  const http::Backends backends_;
  http1::RequestMemory request_memory_;
  http::Server server_;
  // Separate memory for operators, so that callers cannot lock them out.
  http1::RequestMemory operator_memory_;
  http::Server operator_server_;
  // Exists from Start to Stop.
  std::unique_ptr<IoThreads> threads_;
  std::optional<upkeep::Housekeeper> housekeeper_;
  std::optional<upkeep::LeftoverKeeper> leftovers_;
  std::optional<upkeep::KeyRotator> rotator_;
  std::optional<delivery::Courier> courier_;
  std::optional<delivery::LogoutNotifier> logout_notifier_;
};

}  // namespace sallyport::main
