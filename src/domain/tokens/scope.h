// What the scopes of Cognito open: tokens, attributes, the API. Source: "Scopes, M2M, and APIs with
// resource servers", Amazon Cognito developer guide.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace sallyport::domain {

struct TokenFamily;

// GetUser and the others of the API that an access token authorises.
inline constexpr std::string_view kApiScope = "aws.cognito.signin.user.admin";

// Those that belong to no resource server.
inline constexpr std::array<std::string_view, 5> kOwnScopes{"openid", "email", "phone", "profile",
                                                            kApiScope};

// `scope`: space-separated, as a family has it; empty: of a sign-in by the API, which opens
// everything.

// An ID token is given.
bool OpensIdToken(std::string_view scope);
// An ID token and userInfo tell the attribute, where the client may read it. openid alone opens
// every one; beside others of OpenID Connect's scopes, those say which.
bool OpensAttribute(std::string_view scope, std::string_view attribute);

// The access token's claim.
std::string_view ScopeOf(const TokenFamily& family);

}  // namespace sallyport::domain
