// Api: the few Cognito calls that make and revoke tokens, over one keep-alive connection to each
// server.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history.h"
#include "http_client.h"

namespace sallyport::history {

struct ApiAnswer {
  int status = 0;  // 0: none
  boost::json::object body;
  std::string error;  // the wire code without its prefix, "" for success
  Nanos sent = 0;     // before the first byte
  Nanos answered = 0;
  Id server = 0;  // its place among the Api's

  bool ok() const { return status == 200; }
  std::string Text(std::string_view name) const;
};

struct Tokens {
  std::string access, id, refresh;
  Nanos asked = 0, answered = 0;
};

// Not thread-safe.
class Api {
 public:
  explicit Api(Endpoint server, Nanos timeout = 20 * kSecond) : Api(Endpoints{server}, timeout) {}
  // Of several servers it asks one after the other, from the `first` on. One that gives no answer,
  // or 503, is left in peace for a while, unless there is no other.
  explicit Api(const Endpoints& servers, Nanos timeout = 20 * kSecond, uint32_t first = 0);

  // `operation` without the service's name in front.
  ApiAnswer Call(std::string_view operation, const boost::json::object& input);

  // "" if the call failed.
  std::string CreatePool(std::string_view name);
  std::string CreateClient(const std::string& pool);
  // AdminCreateUser, then AdminSetUserPassword with Permanent.
  bool CreateUser(const std::string& pool, const std::string& username,
                  const std::string& password);
  std::optional<Tokens> SignIn(const std::string& client, const std::string& username,
                               const std::string& password);
  // As above, but also shows an answer that is not one of these.
  ApiAnswer TrySignIn(const std::string& client, const std::string& username,
                      const std::string& password);
  static std::optional<Tokens> TokensOf(const ApiAnswer& answer);
  // A POST of JSON to a path of the server's own, by a caller who signs.
  ApiAnswer Post(std::string_view path, const boost::json::object& input);
  ApiAnswer Refresh(const std::string& client, const std::string& refresh_token);
  // On the server's pages, as a browser: the tokens, and what revokes them later.
  struct OnPage {
    Tokens tokens;
    std::string code;
    std::string cookie;   // the browser's, "name=value"
    std::string session;  // its id
  };
  std::optional<OnPage> SignInOnPage(const std::string& client, const std::string& username,
                                     const std::string& password);
  // The requests that revoke: a sign-out of that browser by the person, the same by an app with its
  // ID token, a second use of that code.
  static std::string SignOutRequest(const std::string& client, const std::string& cookie);
  static std::string SignOutByAppRequest(const std::string& id_token, const std::string& cookie);
  static std::string RedeemRequest(const std::string& client, const std::string& code);
  // A request as it stands. `ok`: the status that is its success, recorded as 200.
  ApiAnswer Send(const std::string& request, int ok);
  // GET of `path`: its status.
  int Get(std::string_view path);

 private:
  struct Server {
    std::unique_ptr<HttpClient> http;
    Nanos not_before = 0;
  };

  ApiAnswer Exchange(const std::string& head, const boost::json::object& input);
  // To the next server. The answer's status is that of HTTP.
  HttpAnswer Ask(const std::string& request, ApiAnswer& answer);

  std::vector<Server> servers_;
  Nanos timeout_;
  size_t turn_;
};

}  // namespace sallyport::history
