// What the scopes of Cognito open: tokens, attributes, the API. Source: "Scopes, M2M, and APIs with
// resource servers", Amazon Cognito developer guide.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::store {
class Reader;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Client;
struct Pool;
struct TokenFamily;

// GetUser and the others of the API that an access token authorises.
inline constexpr std::string_view kApiScope = "aws.cognito.signin.user.admin";

// Those that belong to no resource server.
inline constexpr std::array<std::string_view, 5> kOwnScopes{"openid", "email", "phone", "profile",
                                                            kApiScope};

// OpenID Connect's scope that Cognito does not have.
inline constexpr std::string_view kAddressScope = "address";
// `as_openid`: as below.
bool IsOwnScope(std::string_view scope, bool as_openid);

// `scope`: space-separated, as a family has it; empty: of a sign-in by the API, which opens
// everything.

// An ID token is given.
bool OpensIdToken(std::string_view scope);
// UserInfo tells the attribute, where the client may read it, and so do ID tokens (unless
// `as_openid`). openid alone opens every one; beside others of OpenID Connect's scopes, those say
// which.
//
// `as_openid`: as OpenID Connect Core section 5.4 has it, by the pool's tag sallyport:claims.
// openid alone opens none, and address opens one, too; and what scopes open is told by userInfo and
// not by the ID tokens that come with an access token.
bool OpensAttribute(std::string_view scope, std::string_view attribute, bool as_openid);
bool OpensAttributeInIdToken(std::string_view scope, std::string_view attribute, bool as_openid);

// Of the scopes of `granted`, in their order, those that there still are and that the client may
// still have (AllowedOAuthScopes). Empty: none is left.
base::Result<std::string> ScopesLeft(store::Reader& reader, const Pool& pool, const Client& client,
                                     std::string_view granted);

// The access token's claim.
std::string_view ScopeOf(const TokenFamily& family);

}  // namespace sallyport::domain
