// What a browser asks of the authorization endpoint, of each page and of the sign-out: whatever it
// sends, it is led nowhere but to the client's own URLs and the server's own pages, no page has a
// script in it, and nobody gets a code or a token who is not signed in.
//
// The first line is the method; with "token" after it, a form needs the token of its page. Then
// come lines for the query, the cookies and the languages, and the rest is the form. In the cookies
// SESSION stands for the cookie of a user who is signed in, and in the form MARK for the mark of
// the page that this user is shown.
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/clock.h"
#include "base/random.h"
#include "domain/clients/client.h"
#include "domain/credentials/password_hasher.h"
#include "domain/credentials/password_looks.h"
#include "domain/keys/key_ring.h"
#include "domain/keys/vault.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/services.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/family_keeper.h"
#include "domain/users/user.h"
#include "login/accounts.h"
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

constexpr std::string_view kPool = "us-east-1_fuzzed000";
constexpr std::string_view kPassword = "Fuzzed-Passw0rd";

// Answers as the name says that was typed.
class FuzzedAccounts final : public login::Accounts {
 public:
  using Caller = login::AccountCaller;
  using Answer = login::AccountAnswer;

  Answer SignUp(const Caller& caller, std::string_view password,
                const domain::Attributes&) const override {
    Answer answer = AnswerTo(caller);
    answer.confirmed = password.starts_with("confirmed");
    return answer;
  }
  Answer ConfirmSignUp(const Caller& caller, std::string_view) const override {
    return AnswerTo(caller);
  }
  Answer ResendCode(const Caller& caller) const override { return AnswerTo(caller); }
  Answer ForgotPassword(const Caller& caller) const override { return AnswerTo(caller); }
  Answer ConfirmForgotPassword(const Caller& caller, std::string_view,
                               std::string_view password) const override {
    Answer answer = AnswerTo(caller);
    answer.weak_password = answer.outcome == login::AccountOutcome::kRefused && password == "weak";
    return answer;
  }

 private:
  static Answer AnswerTo(const Caller& caller) {
    using login::AccountOutcome;
    Answer answer(store::Wait::NothingRevoked());
    answer.outcome = AccountOutcome::kDone;
    answer.destination = caller.name;
    if (caller.name.starts_with("refused")) answer.outcome = AccountOutcome::kRefused;
    if (caller.name.starts_with("many")) answer.outcome = AccountOutcome::kTooMany;
    if (answer.outcome != AccountOutcome::kDone) answer.message = caller.name;
    return answer;
  }
};

// A server's parts with one pool and one client, called "web". Of its two users, alice is signed in
// in a browser, and the other has a temporary password.
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
    pool.id = kPool;
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
    MakeUser(pool, "temporary", domain::kForceChangePassword);
    SignIn(pool, client, MakeUser(pool, "alice", domain::kConfirmed));
  }

  domain::User MakeUser(const domain::Pool& pool, std::string_view name, std::string_view status) {
    domain::User user;
    user.pool_id = pool.id;
    user.sub = sallyport::base::RandomUuid();
    user.username = name;
    user.status = status;
    user.password_hash = passwords.Hash(kPassword).value();
    user.password_millis = time->WallMillis();
    const auto put = domain::Commit(
        *services, [&](store::Tx& tx) { return domain::CreateUser(tx, pool, user, false); });
    if (!put) std::abort();
    return user;
  }

  void SignIn(const domain::Pool& pool, const domain::Client& client, const domain::User& user) {
    auto made = domain::MakeBrowserSession(*services, pool, client, {}, {});
    const auto put = domain::Commit(*services, [&](store::Tx& tx) {
      return domain::StartBrowserSession(tx, *services, pool, user, std::nullopt, made.session);
    });
    if (!put) std::abort();
    session = domain::BrowserCookieText(made.session, made.secret);
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
  FuzzedAccounts accounts;
  std::string session;  // the value of alice's cookie
};

bool IsOwnPlace(std::string_view location) {
  for (const std::string_view page : {"login?", "../login?", "authorize?", "logout?"}) {
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

bool GivesAccess(const login::BrowserResponse& response) {
  for (const std::string& text : {response.location, response.body}) {
    if (!text.starts_with(kCallback) && text.find(kCallback) == std::string::npos) continue;
    for (const std::string_view given : {"?code=", "access_token=", "name=\"code\" value="}) {
      if (text.find(given) != std::string::npos) return true;
    }
  }
  return false;
}

std::string Replaced(std::string_view text, std::string_view word, std::string_view by) {
  std::string replaced(text);
  const size_t at = replaced.find(word);
  if (at != std::string::npos) replaced.replace(at, word.size(), by);
  return replaced;
}

// The mark of a page on which who is signed in is asked something; empty: there is none.
std::string MarkOn(const login::BrowserResponse& page) {
  constexpr std::string_view kField = "name=\"mark\" value=\"";
  const size_t at = page.body.find(kField);
  if (at == std::string::npos) return {};
  const std::string rest = page.body.substr(at + kField.size());
  return rest.substr(0, rest.find('"'));
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
  const std::string_view how = Line(text);
  const std::string_view query = Line(text);
  const std::string cookies = Replaced(Line(text), "SESSION", place.session);
  const std::string_view languages = Line(text);
  const bool signed_in = cookies.find(place.session) != std::string::npos ||
                         text.find(kPassword) != std::string_view::npos;
  std::string form(text);
  login::BrowserRequest request{.pool_id = {},
                                .host = "127.0.0.1",
                                .method = how.starts_with("POST") ? "POST" : "GET",
                                .query = query,
                                .content_type = "application/x-www-form-urlencoded",
                                .body = form,
                                .cookies = cookies,
                                .accept_language = languages,
                                .forms_need_no_token = !how.ends_with("token"),
                                .accounts = &place.accounts};
  if (text.find("MARK") != std::string_view::npos) {
    login::BrowserRequest shown = request;
    shown.method = "GET";
    form = Replaced(text, "MARK", MarkOn(login::SignIn(*place.services, shown)));
    request.body = form;
  }
  for (const login::BrowserEndpoint& endpoint : login::BrowserEndpoints()) {
    // A sign-out is a commit, which takes long: only those that name the client. And alice stays
    // signed in.
    if (endpoint.path == "/logout" &&
        (query.find("client_id=web") == std::string_view::npos || signed_in)) {
      continue;
    }
    if (endpoint.methods.find(request.method) == std::string_view::npos) continue;
    const login::BrowserResponse response = endpoint.run(*place.services, request);
    Check(response);
    if (!signed_in && GivesAccess(response)) std::abort();
  }
  return 0;
}
