#include "domain/recover.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/clock.h"
#include "domain/family_keeper.h"
#include "domain/key_ring.h"
#include "domain/password_hasher.h"
#include "main/commands.h"
#include "main/secret_files.h"
#include "main/serve_settings.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::main {

int Recover(const std::vector<std::string>& arguments) {
  ServeSettings settings;
  const SettingTable table = ServeTable(settings);
  if (const auto applied = ApplySettings(table, arguments, getenv); !applied) {
    return Fail(applied.error().message);
  }
  if (settings.help) {
    fmt::print("{}",
               HelpText("sallyport recover [flags as of serve]",
                        "Rotates every pool's keys and revokes every sign-in, after the store "
                        "was restored from a backup.\nRun it while no server runs on the data "
                        "directory.",
                        table));
    return 0;
  }
  if (const auto checked = CheckServeSettings(settings); !checked) {
    return Fail(checked.error().message);
  }
  const auto store = store::OpenSqlite(settings.data);
  if (!store) return Fail(store.error().message);

  const domain::Settings domain_settings = DomainSettings(settings, settings.listen.front());
  const base::SystemClock& clock = base::SystemClock::Get();
  domain::KeyRing keys(**store);
  domain::PasswordHasher passwords(settings.argon2_memory_kib, settings.argon2_iterations,
                                   settings.argon2_parallelism);
  const auto vault = OpenVault(EncryptionKeyPath(settings), **store);
  if (!vault) return Fail(vault.error().message);
  domain::FamilyKeeper families(**store, clock);
  const domain::Services services{domain_settings, clock,   **store,  keys,
                                  passwords,       **vault, families, [] { return false; }};
  if (const auto recovered = domain::Recover(services); !recovered) {
    return Fail(recovered.error().message + ": " + recovered.error().cause);
  }
  fmt::print("recovered: all keys are new, all sign-ins are revoked\n");
  return 0;
}

}  // namespace sallyport::main
