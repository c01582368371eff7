// What a browser asks of the authorization endpoint, the sign-in page and the sign-out: whatever it
// sends, it is led nowhere but to the client's own URLs and the server's own pages, and no page has
// a script in it.
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "base/clock.h"
#include "domain/clients/client.h"
#include "domain/credentials/password_hasher.h"
#include "domain/credentials/password_looks.h"
#include "domain/keys/key_ring.h"
#include "domain/keys/vault.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/services.h"
#include "domain/tokens/family_keeper.h"
#include "login/browser.h"
#include "store/server_time.h"
#include "store/sqlite/sqlite_store.h"

namespace {

namespace domain = sallyport::domain;
namespace json = boost::json;
namespace login = sallyport::login;
namespace store = sallyport::store;

constexpr std::string_view kCallback = "https://app.example/callback";
constexpr std::string_view kGoodbye = "https://app.example/bye";

// A server's parts with one pool and one client, called "web".
struct Place {
  Place() {
    std::string path = (std::filesystem::temp_directory_path() / "sallyport-fuzz-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) std::abort();
    auto opened = store::OpenSqlite(path + "/data");
    if (!opened) std::abort();
    records = std::move(*opened);
    static std::string directory;
    directory = path;
    std::atexit([] {
      std::error_code ignored;
      std::filesystem::remove_all(directory, ignored);
    });
    auto server_time = store::ServerTime::Open(*records, sallyport::base::SystemClock::Get());
    if (!server_time) std::abort();
    time = std::move(*server_time);
    keys = std::make_unique<domain::KeyRing>(*records, vault);
    families = std::make_unique<domain::FamilyKeeper>(*records, *time);
    services = std::make_unique<domain::Services>(
        domain::Services{.settings = settings,
                         .clock = *time,
                         .store = *records,
                         .keys = *keys,
                         .passwords = passwords,
                         .vault = vault,
                         .families = *families,
                         .password_looks = looks,
                         .issuing_stopped = [] { return false; }});
    domain::Pool pool;
    pool.id = "us-east-1_fuzzed000";
    domain::ReadDescription(pool);
    domain::Client client;
    client.id = "web";
    client.pool_id = pool.id;
    client.description = {{"AllowedOAuthFlowsUserPoolClient", true},
                          {"AllowedOAuthFlows", json::array{"code", "implicit"}},
                          {"AllowedOAuthScopes", json::array{"openid", "email"}},
                          {"CallbackURLs", json::array{kCallback}},
                          {"LogoutURLs", json::array{kGoodbye}},
                          {"SupportedIdentityProviders", json::array{"COGNITO"}}};
    domain::ReadDescription(client);
    const auto put = domain::Commit(*services, [&](store::Tx& tx) -> sallyport::base::Status {
      if (auto done = domain::PutPool(tx, pool); !done) return done;
      return domain::PutClient(tx, client);
    });
    if (!put) std::abort();
  }

  domain::Settings settings;
  domain::Vault vault{std::array<uint8_t, 32>{}};
  domain::PasswordHasher passwords{8, 1, 1};
  domain::PasswordLooks looks;
  std::unique_ptr<store::Store> records;
  std::unique_ptr<store::ServerTime> time;
  std::unique_ptr<domain::KeyRing> keys;
  std::unique_ptr<domain::FamilyKeeper> families;
  std::unique_ptr<domain::Services> services;
};

bool IsOwnPlace(std::string_view location) {
  for (const std::string_view page : {"login?", "../login?", "authorize?"}) {
    if (location.starts_with(page)) return true;
  }
  for (const std::string_view url : {kCallback, kGoodbye}) {
    if (!location.starts_with(url)) continue;
    const std::string_view rest = location.substr(url.size());
    if (rest.empty() || rest.front() == '?' || rest.front() == '#') return true;
  }
  return false;
}

void Check(const login::BrowserResponse& response) {
  if (response.status >= 500) std::abort();
  if (!response.location.empty() && !IsOwnPlace(response.location)) std::abort();
  for (const std::string& text : {response.location, response.security_policy}) {
    for (const char c : text) {
      if (c < ' ' || c > '~') std::abort();
    }
  }
  // The only one is that of form_post, which is a file of the server's.
  const size_t script = response.body.find("<script");
  if (script != std::string::npos && !response.body.substr(script).starts_with("<script src=\""))
    std::abort();
}

std::string_view Line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Place& place = *new Place();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view method = Line(text) == "POST" ? "POST" : "GET";
  const std::string_view query = Line(text);
  const std::string_view cookies = Line(text);
  const std::string_view languages = Line(text);
  for (const login::BrowserEndpoint& endpoint : login::BrowserEndpoints()) {
    // Each sign-out is a commit, which takes long: those alone that name the client.
    if (endpoint.path == "/logout" && query.find("client_id=web") == std::string_view::npos)
      continue;
    if (endpoint.methods.find(method) == std::string_view::npos) continue;
    Check(endpoint.run(*place.services, {.pool_id = {},
                                         .host = "127.0.0.1",
                                         .method = method,
                                         .query = query,
                                         .content_type = "application/x-www-form-urlencoded",
                                         .body = text,
                                         .cookies = cookies,
                                         .accept_language = languages}));
  }
  return 0;
}
