// TokenFamily: all tokens that descend from one sign-in.
//
// Record "family/{id}". A family is alive while it is not revoked, its user exists with the same
// sign-out generation, and its refresh token has not expired.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/records/record.h"
#include "domain/tokens/device.h"
#include "store/read_ahead.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct User;

// A factor that was proved at a sign-in.
struct ProvedFactor {
  std::string method;   // below
  int64_t seconds = 0;  // when it was proved, Unix seconds
  bool operator==(const ProvedFactor&) const = default;
};
// "pwd" of RFC 8176: the password, typed or by SRP.
inline constexpr char kPasswordFactor[] = "pwd";
// A challenge of the pool's own functions; RFC 8176 has no name for it.
inline constexpr char kCustomFactor[] = "custom";

// In records it is written as ["pwd",1764000000].
template <>
struct Codec<ProvedFactor> {
  static bool Read(const boost::json::value& value, ProvedFactor& factor);
  static boost::json::value Write(const ProvedFactor& factor);
};

struct TokenFamily {
  // The origin_jti of its tokens. Where they have none (EnableTokenRevocation was false at the
  // sign-in), their event_id.
  std::string id;
  bool carries_origin_jti = true;
  std::string event_id;
  std::string pool_id;
  std::string sub;
  std::string client_id;
  // What the app was granted, separated by spaces. Empty: the user signed in by the API.
  std::string scope;
  std::string resource;  // the audience of the access tokens; empty: none
  // Attributes that the request asked for by their names (OpenID Connect's parameter claims),
  // separated by spaces.
  std::string id_token_claims;
  std::string user_info_claims;
  std::string browser_session;  // the BrowserSession in which it began; empty: none
  int64_t auth_time = 0;        // Unix seconds
  // What was proved at the sign-in (claim amr). Empty: nothing, since the pool's functions asked
  // for no proof. nullopt: an older version wrote the record, and it is not known.
  std::optional<std::vector<ProvedFactor>> factors;
  int64_t created_millis = 0;
  // When tokens were last issued. FamilyKeeper writes it in batches, so it may lag behind.
  int64_t last_used_millis = 0;
  int64_t refresh_expires = 0;  // Unix seconds
  // Of the secret in the first refresh token; the secret itself is not stored. Empty: the family
  // has no refresh token.
  std::string refresh_hash;
  // How often the refresh token was replaced, and when that last happened
  // (domain/tokens/refresh_token.h).
  uint64_t rotation = 0;
  std::vector<int64_t> rotated_millis;
  uint64_t generation = 0;  // the user's generation at the sign-in
  // The version of the user's anchor that the sign-in's commit wrote; it orders sign-ins.
  uint64_t born = 0;
  // From where tokens were last issued, where the pool tracks sessions. It may lag behind as
  // last_used_millis does.
  Device device;
  bool revoked = false;
};

// Index of the families that were not revoked individually, in the order "{pool
// id}/{sub}/{generation, 16 hex digits}/". A sign-out increments the generation, and so leaves the
// rows of all earlier sessions behind.
inline constexpr std::string_view kFamiliesByUser = "families-by-user";

// The claim acr, the strength of all proved factors together: "aal1" where a factor was proved;
// empty where none was, or it is not known. A challenge of the pool's own functions counts as no
// factor, since it may be as weak as a picture puzzle. A second kind of factor does not exist yet.
inline constexpr std::string_view kOneFactor = "aal1";
std::string_view AcrOf(const TokenFamily& family);

// The anchor of the user whose family it is, where the family is not revoked
// (store/read_ahead.h).
store::Following UserOfFamily(std::string_view family_id);
std::string FamilyKey(std::string_view family_id);
// The inverse.
std::string_view FamilyIdOf(std::string_view family_key);

// nullopt where there is no such family.
base::Result<std::optional<TokenFamily>> GetFamily(store::Reader& reader,
                                                   std::string_view family_id);
// Writes the record and its index rows.
base::Status PutFamily(store::Tx& tx, const TokenFamily& family);

// False where the family was revoked individually or together with its user's other families
// (`user` is null where the user was deleted). Expiry is not checked.
bool IsAlive(const TokenFamily& family, const User* user);

// Calls `visit` for each family of the user's present generation that was not revoked individually.
// Within a commit it must be called after the anchor was written. `visit` may write the family.
base::Status VisitFamilies(store::Reader& reader, const User& user,
                           const std::function<base::Status(TokenFamily&)>& visit);

// The families that VisitFamilies would visit, page by page; see ListPage for `token` and `next`.
struct FamilyPage {
  std::vector<TokenFamily> families;
  std::string next;
};
base::Result<FamilyPage> ListFamilies(store::Reader& reader, const User& user,
                                      std::string_view token, size_t limit);

// Index of all families, in the order of ExpirySort(when the record may be deleted).
inline constexpr std::string_view kFamiliesByExpiry = "families-by-expiry";

}  // namespace sallyport::domain
