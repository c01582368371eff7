#include "operations/sessions/session_shapes.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <utility>

#include "domain/errors.h"
#include "domain/records/json.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/family.h"
#include "domain/tokens/family_keeper.h"
#include "domain/tokens/geo_database.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kPage = 125;

// SessionLocationType. City is absent where it is not known; AWS gives null.
json::object Location(const domain::GeoDatabase& geo_database, const std::string& ip) {
  domain::Place place = geo_database.Find(ip);
  json::object location{{"Country", place.country.empty() ? "unknown" : place.country}};
  if (!place.city.empty()) location["City"] = place.city;
  return location;
}

void AddDevice(json::object& type, const domain::Device& device,
               const domain::GeoDatabase* geo_database) {
  type["DeviceType"] = device.type.empty() ? "unknown" : device.type;
  if (device.ip.empty()) return;
  type["LastIPAddress"] = device.ip;
  if (geo_database != nullptr) type["LastLocation"] = Location(*geo_database, device.ip);
}

json::object SessionDescription(const domain::TokenFamily& family, std::string_view current,
                                const domain::GeoDatabase* geo_database) {
  json::object type{{"SessionId", family.id},
                    {"SessionType", "TOKEN"},
                    {"ClientId", family.client_id},
                    {"CreateDate", domain::Timestamp(family.created_millis)},
                    {"LastActiveDate", domain::Timestamp(family.last_used_millis)},
                    {"IsCurrentSession", family.id == current}};
  if (!family.browser_session.empty()) type["OriginSessionId"] = family.browser_session;
  AddDevice(type, family.device, geo_database);
  return type;
}

json::object SessionDescription(const domain::BrowserSession& session,
                                const domain::GeoDatabase* geo_database) {
  json::object type{{"SessionId", session.id},
                    {"SessionType", "SSO"},
                    {"ClientId", session.client_id},
                    {"CreateDate", domain::Timestamp(session.created_millis)},
                    {"LastActiveDate", domain::Timestamp(session.last_used_millis)},
                    {"IsCurrentSession", false}};
  AddDevice(type, session.device, geo_database);
  return type;
}

base::Status AddBrowserSessions(const Call& call, store::Reader& reader, const domain::User& user,
                                json::array& sessions) {
  return domain::VisitBrowserSessions(
      reader, call.services, user, [&](const domain::BrowserSession& session) -> base::Status {
        sessions.push_back(SessionDescription(session, call.services.geo_database));
        return {};
      });
}

}  // namespace

json::object PoolSessionConfiguration(const domain::Pool& pool) {
  return {{"UserPoolId", pool.id},
          {"UserSessionTracking", pool.tracks_sessions ? "ENABLED" : "DISABLED"},
          {"TokenSession", json::object{{"MaxPerUser", pool.most_sessions}}}};
}

json::object ClientSessionConfiguration(const domain::Client& client) {
  return {{"UserPoolId", client.pool_id},
          {"ClientId", client.id},
          {"SSOSession", json::object{{"MaxValidityMinutes", client.sso_minutes}}}};
}

base::Status CheckSessionTier(const domain::Pool& pool) {
  if (pool.settings.tier != domain::PoolTier::kLite) return {};
  return domain::error::kNoSessionManagement();
}

base::Status CheckTracked(const domain::Pool& pool) {
  if (pool.tracks_sessions) return {};
  return domain::error::kSessionsNotTracked(pool.id);
}

base::Result<json::object> SessionsAnswer(const Call& call, store::Reader& reader,
                                          const domain::User& user, std::string_view next_token,
                                          std::string_view current) {
  SALLYPORT_ASSIGN(domain::FamilyPage page, domain::ListFamilies(reader, user, next_token, kPage));
  const int64_t now = call.services.clock.WallSeconds();
  auto& families = page.families;
  std::erase_if(families, [now](const auto& family) { return family.refresh_expires <= now; });
  for (domain::TokenFamily& family : families) call.services.families.ApplyNoted(family);
  std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) {
    return std::pair(a.last_used_millis, a.born) > std::pair(b.last_used_millis, b.born);
  });
  json::array sessions;
  for (const domain::TokenFamily& family : families) {
    sessions.push_back(SessionDescription(family, current, call.services.geo_database));
  }
  // Few beside the first page of the others.
  if (next_token.empty()) SALLYPORT_TRY(AddBrowserSessions(call, reader, user, sessions));
  json::object answer{{"Sessions", std::move(sessions)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

base::Status RevokeSession(store::LogTx& tx, const domain::Services& services, domain::User& user,
                           std::string_view session_id, domain::Associated associated) {
  const int64_t now_seconds = services.clock.WallSeconds();
  const bool linked = associated == domain::Associated::kLinked;
  SALLYPORT_ASSIGN(const auto browser, domain::StandingBrowserSession(tx, user, session_id));
  if (browser && linked) {
    return domain::SignOutBrowserSession(tx, user, browser->id, now_seconds);
  }
  if (browser) {
    SALLYPORT_TRY(domain::PutUser(tx, user));
    return domain::EndBrowserSession(tx, browser->id);
  }
  SALLYPORT_ASSIGN(std::optional<domain::TokenFamily> family, domain::GetFamily(tx, session_id));
  if (!family || !domain::IsAlive(*family, &user)) {
    return domain::error::kNoSuchSession(session_id);
  }
  SALLYPORT_TRY(domain::PutUser(tx, user));
  if (linked && !family->browser_session.empty()) {
    SALLYPORT_TRY(domain::EndBrowserSession(tx, family->browser_session));
  }
  return domain::RevokeFamily(tx, *family, now_seconds);
}

}  // namespace sallyport::operations
