#include "operations/clients/client_description.h"

#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "domain/errors.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "operations/clients/client_rules.h"
#include "operations/pools/settings_table.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::Member;
using domain::RecordOf;

namespace {

// Members of UserPoolClientType that are stored as they are given; if one is not given, it is
// absent.
constexpr std::string_view kCopiedMembers[] = {"AccessTokenValidity",
                                               "IdTokenValidity",
                                               "TokenValidityUnits",
                                               "ReadAttributes",
                                               "WriteAttributes",
                                               "ExplicitAuthFlows",
                                               "SupportedIdentityProviders",
                                               "CallbackURLs",
                                               "LogoutURLs",
                                               "DefaultRedirectURI",
                                               "AllowedOAuthFlows",
                                               "AllowedOAuthScopes",
                                               "AnalyticsConfiguration",
                                               "PreventUserExistenceErrors",
                                               "RefreshTokenRotation"};

constexpr std::string_view kRotationMember = "RefreshTokenRotation";
constexpr std::string_view kUnitsMember = "TokenValidityUnits";

// Members that get defaults.
struct GivenClient {
  int64_t refresh_validity = 0;  // 0 means the default of 30 days, in whatever unit
  int64_t challenge_minutes = 3;
  bool enable_token_revocation = true;
  bool allows_oauth = false;
  bool propagates_context = false;
  std::optional<json::object> rotation, units;
};
constexpr auto kGivenClient = RecordOf<GivenClient>(
    Member("RefreshTokenValidity", &GivenClient::refresh_validity),
    Member("AuthSessionValidity", &GivenClient::challenge_minutes, 3),
    Member("EnableTokenRevocation", &GivenClient::enable_token_revocation, true),
    Member("AllowedOAuthFlowsUserPoolClient", &GivenClient::allows_oauth),
    Member("EnablePropagateAdditionalUserContextData", &GivenClient::propagates_context));
constexpr auto kGivenObjects = RecordOf<GivenClient>(
    Member(kRotationMember, &GivenClient::rotation), Member(kUnitsMember, &GivenClient::units));
constexpr int64_t kDefaultRefreshDays = 30;

json::object DescribedClient(const json::object& input) {
  json::object description;
  for (std::string_view member : kCopiedMembers) {
    if (const json::value* given = input.if_contains(member)) description[member] = *given;
  }
  GivenClient given = kGivenClient.Read(input);
  kGivenObjects.ReadInto(input, given);
  const bool default_refresh = given.refresh_validity == 0;
  if (default_refresh) given.refresh_validity = kDefaultRefreshDays;
  kGivenClient.WriteInto(given, description);
  if (given.rotation) {
    given.rotation->emplace("RetryGracePeriodSeconds", 0);
    description[kRotationMember] = std::move(*given.rotation);
  }
  if (given.units && default_refresh) {
    (*given.units)["RefreshToken"] = "days";
    description[kUnitsMember] = std::move(*given.units);
  }
  return description;
}

}  // namespace

base::Status DescribeClient(store::Reader& reader, const json::object& input,
                            const domain::Pool& pool, domain::Client& client) {
  SALLYPORT_TRY(CheckSettings(kClientSettingsTable, input));
  client.description = DescribedClient(input);
  domain::ReadDescription(client);
  return CheckClient(reader, pool, client);
}

base::Result<std::shared_ptr<const domain::Client>> GetClientOf(const domain::Services& services,
                                                                std::string_view pool_id,
                                                                std::string_view client_id) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(services, pool_id));
  SALLYPORT_ASSIGN(auto client, domain::GetClient(services, client_id));
  if (client->pool_id != pool->id) return domain::error::kNoSuchClient(client_id);
  return client;
}

base::Result<domain::Client> GetClientOf(store::Reader& reader, std::string_view pool_id,
                                         std::string_view client_id) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(reader, pool_id));
  SALLYPORT_ASSIGN(auto client, domain::GetClient(reader, client_id));
  if (client.pool_id != pool.id) return domain::error::kNoSuchClient(client_id);
  return client;
}

base::Result<json::object> UserPoolClientType(const domain::Vault& vault,
                                              const domain::Client& client) {
  json::object type = client.description;
  type["UserPoolId"] = client.pool_id;
  type["ClientId"] = client.id;
  type["ClientName"] = client.name;
  if (!client.secrets.empty()) {
    SALLYPORT_ASSIGN(const base::Secret secret, domain::OpenSecret(vault, client.secrets.front()));
    type["ClientSecret"] = secret.Reveal();
  }
  type["CreationDate"] = domain::Timestamp(client.created_millis);
  type["LastModifiedDate"] = domain::Timestamp(client.modified_millis);
  return type;
}

json::object ClientSecretDescriptor(const domain::ClientSecret& secret) {
  return {{"ClientSecretId", secret.id},
          {"ClientSecretCreateDate", domain::Timestamp(secret.created_millis)}};
}

}  // namespace sallyport::operations
