#include "operations/shared/client_description.h"

#include <boost/json/value.hpp>

#include "domain/errors.h"
#include "domain/json.h"
#include "operations/shared/client_rules.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr int kDefaultRefreshDays = 30;
constexpr int kDefaultAuthSessionMinutes = 3;

// Members of UserPoolClientType that are taken as they are given, and are absent where they are
// not.
constexpr std::string_view kCopied[] = {"AccessTokenValidity",
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

}  // namespace

base::Status DescribeClient(store::Reader& reader, const json::object& input,
                            const domain::Pool& pool, domain::Client& client) {
  json::object description;
  for (std::string_view member : kCopied) {
    if (const json::value* given = input.if_contains(member)) description[member] = *given;
  }
  int64_t refresh = domain::IntMember(input, "RefreshTokenValidity");
  description["RefreshTokenValidity"] = refresh == 0 ? kDefaultRefreshDays : refresh;
  description["AuthSessionValidity"] =
      domain::IntMember(input, "AuthSessionValidity", kDefaultAuthSessionMinutes);
  description["EnableTokenRevocation"] = domain::BoolMember(input, "EnableTokenRevocation", true);
  for (std::string_view member :
       {"AllowedOAuthFlowsUserPoolClient", "EnablePropagateAdditionalUserContextData"}) {
    description[member] = domain::BoolMember(input, member, false);
  }
  if (json::value* rotation = description.if_contains("RefreshTokenRotation")) {
    rotation->as_object().emplace("RetryGracePeriodSeconds", 0);
  }
  // Zero means the default of 30 days, whatever the unit is.
  if (refresh == 0) {
    if (json::value* units = description.if_contains("TokenValidityUnits")) {
      units->as_object()["RefreshToken"] = "days";
    }
  }
  client.description = std::move(description);
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
