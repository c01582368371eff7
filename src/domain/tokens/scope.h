// What the scopes of Cognito give access to: tokens, attributes, the API. Source: "Scopes, M2M, and
// APIs with resource servers", Amazon Cognito developer guide.
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

// The scope for GetUser and the other operations of the API that are called with an access token.
inline constexpr std::string_view kApiScope = "aws.cognito.signin.user.admin";

// The scopes that belong to no resource server.
inline constexpr std::array<std::string_view, 5> kOwnScopes{"openid", "email", "phone", "profile",
                                                            kApiScope};

// OpenID Connect's scope that Cognito does not have.
inline constexpr std::string_view kAddressScope = "address";
// `as_openid`: as below.
bool IsOwnScope(std::string_view scope, bool as_openid);

// `scope` is space-separated, as in TokenFamily; empty: it is of a sign-in by the API, which gives
// access to everything.

// Whether an ID token is issued.
bool OpensIdToken(std::string_view scope);
// Whether userInfo has the attribute, provided that the client may read it, and (unless
// `as_openid`) whether ID tokens have it. openid alone gives access to every attribute; if there
// are other scopes of OpenID Connect beside it, these say to which.
//
// `as_openid`: the pool's tag sallyport:claims says that OpenID Connect Core section 5.4 applies.
// Then openid alone gives access to no attribute, and address to one; and the attributes are in
// userInfo, and not in ID tokens that come with an access token.
bool OpensAttribute(std::string_view scope, std::string_view attribute, bool as_openid);
bool OpensAttributeInIdToken(std::string_view scope, std::string_view attribute, bool as_openid);

// Those scopes of `granted`, in their order, that still exist and that the client may still have
// (AllowedOAuthScopes). Empty: none is left.
base::Result<std::string> ScopesLeft(store::Reader& reader, const Pool& pool, const Client& client,
                                     std::string_view granted);

// The access token's claim.
std::string_view ScopeOf(const TokenFamily& family);

}  // namespace sallyport::domain
