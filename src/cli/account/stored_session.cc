#include "cli/account/stored_session.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "cli/account/files.h"
#include "cli/terminal/json.h"

namespace sallyport::cli {

std::string StateDirectory(const Surroundings& around) {
  const char* state = around.variable("XDG_STATE_HOME");
  if (state && *state == '/') return fmt::format("{}/sallyport", state);
  const char* home = around.variable("HOME");
  return fmt::format("{}/.local/state/sallyport", home ? home : ".");
}

std::string SessionPath(const Surroundings& around) {
  return StateDirectory(around) + "/session.json";
}

base::Result<std::optional<StoredSession>> ReadSession(const Surroundings& around) {
  const std::string path = SessionPath(around);
  SALLYPORT_ASSIGN(const auto text, around.read(path));
  if (!text) return std::optional<StoredSession>();
  boost::json::error_code error;
  const auto value = boost::json::parse(*text, error);
  const auto* object = error ? nullptr : value.if_object();
  if (!object) {
    return base::Error{
        "InvalidFile", fmt::format("{}: not JSON: remove it, and sign in again", path), {}};
  }
  return std::optional<StoredSession>(
      {TextAt(*object, "endpoint"), TextAt(*object, "region"), TextAt(*object, "client_id"),
       TextAt(*object, "username"), base::Secret(TextAt(*object, "access_token")),
       base::Secret(TextAt(*object, "id_token")), base::Secret(TextAt(*object, "refresh_token"))});
}

base::Status WriteSession(const Surroundings& around, const StoredSession& session) {
  const boost::json::object object = {{"endpoint", session.endpoint},
                                      {"region", session.region},
                                      {"client_id", session.client_id},
                                      {"username", session.username},
                                      {"access_token", session.access_token.Reveal()},
                                      {"id_token", session.id_token.Reveal()},
                                      {"refresh_token", session.refresh_token.Reveal()}};
  return WritePrivateFile(SessionPath(around), boost::json::serialize(object));
}

base::Status ForgetSession(const Surroundings& around) {
  const std::string path = SessionPath(around);
  if (RemoveFile(path)) return {};
  return base::Error{"FileError", fmt::format("cannot remove {}", path), {}};
}

}  // namespace sallyport::cli
