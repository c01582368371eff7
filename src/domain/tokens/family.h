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

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct User;

// A factor that was proved at a sign-in.
struct ProvedFactor {
  std::string method;   // below
  int64_t seconds = 0;  // when, Unix
  bool operator==(const ProvedFactor&) const = default;
};
// "pwd" of RFC 8176: the password, typed or by SRP.
inline constexpr char kPasswordFactor[] = "pwd";
// A challenge of the pool's own functions, for which RFC 8176 has no name.
inline constexpr char kCustomFactor[] = "custom";

// As it stands in records: ["pwd",1764000000].
template <>
struct Codec<ProvedFactor> {
  static bool Read(const boost::json::value& value, ProvedFactor& factor);
  static boost::json::value Write(const ProvedFactor& factor);
};

struct TokenFamily {
  // The origin_jti of its tokens; where they carry none (EnableTokenRevocation=false at sign-in),
  // their event_id.
  std::string id;
  bool carries_origin_jti = true;
  std::string event_id;
  std::string pool_id;
  std::string sub;
  std::string client_id;
  int64_t auth_time = 0;  // Unix seconds
  // What was proved at the sign-in (amr); empty: nothing, its functions wanted no proof. nullopt:
  // an older version's, of which it is not known.
  std::optional<std::vector<ProvedFactor>> factors;
  int64_t created_millis = 0;
  // When tokens were last issued; behind by as much as FamilyKeeper batches.
  int64_t last_used_millis = 0;
  int64_t refresh_expires = 0;  // Unix seconds
  std::string refresh_hash;     // of the first refresh token's secret; the secret is not kept
  // How often its refresh token was replaced, and when lately (domain/tokens/refresh_token.h).
  uint64_t rotation = 0;
  std::vector<int64_t> rotated_millis;
  uint64_t generation = 0;  // the user's when it was born
  uint64_t born = 0;        // version of the user's anchor that its commit wrote: orders sign-ins
  // Whence tokens were last issued, where the pool tracks sessions; behind like last_used_millis.
  Device device;
  bool revoked = false;
};

// Index of the families that were not revoked by themselves. Sort: "{pool id}/{sub}/{generation, 16
// hex digits}/": one sign-out leaves all rows of the past generations behind.
inline constexpr std::string_view kFamiliesByUser = "families-by-user";

// How strong what was proved is together (acr): "aal1" where a factor of one kind was; empty where
// none was, or it is not known. What a pool's own function asks for is no factor of any kind: it
// may be whether a picture shows a bus. There is no factor of a second kind yet.
std::string_view AcrOf(const TokenFamily& family);

std::string FamilyKey(std::string_view family_id);
// The inverse.
std::string_view FamilyIdOf(std::string_view family_key);

// nullopt where there is none.
base::Result<std::optional<TokenFamily>> GetFamily(store::Reader& reader,
                                                   std::string_view family_id);
// Writes the record and its index rows.
base::Status PutFamily(store::Tx& tx, const TokenFamily& family);

// False: revoked by itself or with its user (null: the user is gone). Expiry is not looked at.
bool IsAlive(const TokenFamily& family, const User* user);

// Calls `visit` for each family of the user's present generation that was not revoked by itself.
// Within a commit, after the anchor was
// written. `visit` may write the family.
base::Status VisitFamilies(store::Reader& reader, const User& user,
                           const std::function<base::Status(TokenFamily&)>& visit);

// Families as VisitFamilies has them, by page: `token` and `next` as ListPage has them.
struct FamilyPage {
  std::vector<TokenFamily> families;
  std::string next;
};
base::Result<FamilyPage> ListFamilies(store::Reader& reader, const User& user,
                                      std::string_view token, size_t limit);

// Index of all families: sort ExpirySort(when the record serves nobody any more).
inline constexpr std::string_view kFamiliesByExpiry = "families-by-expiry";

}  // namespace sallyport::domain
