#include "domain/keys/recover.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/clock.h"
#include "domain/credentials/password_hasher.h"
#include "domain/credentials/password_looks.h"
#include "domain/keys/key_ring.h"
#include "domain/keys/key_start.h"
#include "domain/keys/sealing.h"
#include "domain/tokens/family_keeper.h"
#include "feed/persisted.h"
#include "main/commands.h"
#include "main/secret_files.h"
#include "main/serve_settings.h"

namespace sallyport::main {
namespace {

base::Status Run(const domain::Services& services, bool says_issuer, bool new_issuer) {
  if (says_issuer && !new_issuer) SALLYPORT_TRY(domain::CheckIssuers(services));
  SALLYPORT_TRY(domain::SealStore(services.store, services.vault));
  SALLYPORT_TRY(domain::NoteKids(services));
  SALLYPORT_TRY(domain::Recover(
      services, says_issuer ? domain::IssuersOf::kSettings : domain::IssuersOf::kStore));
  return domain::ScrubSealed(services.store);
}

}  // namespace

int Recover(const std::vector<std::string>& arguments) {
  ServeSettings settings;
  settings.listen.clear();
  const SettingTable table = ServeTable(settings);
  if (const auto applied = ApplySettings(table, arguments, getenv); !applied) {
    return Fail(applied.error().message);
  }
  if (settings.help) {
    fmt::print("{}",
               HelpText("sallyport recover [flags as for serve]",
                        "Rotates every pool's keys and revokes every sign-in, after the store "
                        "was restored from a backup.\nRun it while no server runs on the data "
                        "directory.",
                        table));
    return 0;
  }
  if (const auto checked = CheckServeSettings(settings); !checked) {
    return Fail(checked.error().message);
  }
  // Where the settings do not say anything about the issuer, every pool keeps its own.
  const bool says_issuer = !settings.listen.empty() || !settings.public_url.empty() ||
                           settings.issuer_style != domain::IssuerStyle::kLocal;
  if (settings.new_issuer && !says_issuer) {
    return Fail(
        "new-issuer: needs public-url, listen or issuer-style, from which the issuer is made");
  }
  const auto store = OpenStore(settings.store, settings.data, StoreUser::Command());
  if (!store) return Fail(store.error().message);
  const auto opened_at = std::chrono::steady_clock::now();

  const domain::Settings domain_settings = DomainSettings(
      settings, says_issuer && !settings.listen.empty() ? settings.listen.front() : "");
  const auto time = store::ServerTime::Open(**store, base::SystemClock::Get());
  if (!time) return Fail(time.error().message + ": " + time.error().cause);
  domain::PasswordHasher passwords(settings.argon2_memory_kib, settings.argon2_iterations,
                                   settings.argon2_parallelism);
  const auto vault = OpenVault(KeyPath(settings), **store);
  if (!vault) return Fail(vault.error().message);
  domain::KeyRing keys(**store, **vault);
  domain::FamilyKeeper families(**store, **time);
  domain::PasswordLooks password_looks;
  const domain::Services services{.settings = domain_settings,
                                  .clock = **time,
                                  .store = **store,
                                  .keys = keys,
                                  .passwords = passwords,
                                  .vault = **vault,
                                  .families = families,
                                  .password_looks = password_looks,
                                  .issuing_stopped = [] { return false; }};
  if (const auto recovered = Run(services, says_issuer, settings.new_issuer); !recovered) {
    const base::Error& error = recovered.error();
    return Fail(error.cause.empty() ? error.message : error.message + ": " + error.cause);
  }
  // No server has run on the store since it was opened, so no gate has got a lease.
  const auto hold = feed::HoldMillis(**store, settings.feed_ttl_millis);
  if (!hold) return Fail(hold.error().message + ": " + hold.error().cause);
  const auto over = opened_at + std::chrono::milliseconds(*hold);
  if (over > std::chrono::steady_clock::now()) {
    fmt::print(stderr, "recovered; the last lease of a gate ends in {:.1f} s\n",
               static_cast<double>(*hold) / 1000);
    std::this_thread::sleep_until(over);
  }
  fmt::print(
      "recovered: all keys are new, all sign-ins are revoked, and no gate accepts their tokens\n");
  return 0;
}

}  // namespace sallyport::main
