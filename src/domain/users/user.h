// User: a user's anchor record, and the names by which it is found.
//
// Record "user/{pool}/{sub}" is the anchor: every sign-in, sign-out, disable, delete and password
// change writes it, so any two of them are ordered (protocol.md section 6). Records
// "username/{pool}/{normalised}" and "alias/{pool}/{attribute}/{normalised}" hold a sub each and
// make names unique.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/users/names.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Pool;

// UserStatusType's words, as the API gives them.
inline constexpr std::string_view kUnconfirmed = "UNCONFIRMED";
inline constexpr std::string_view kConfirmed = "CONFIRMED";
inline constexpr std::string_view kForceChangePassword = "FORCE_CHANGE_PASSWORD";
inline constexpr std::string_view kResetRequired = "RESET_REQUIRED";

// Of a user that signed up and is yet to be confirmed: until when its last code serves; where it
// was sent none, when it signed up. By the watched time (store/forgetting.h).
struct SignUpState {
  bool code_sent = false;
  int64_t millis = 0;
};

struct User {
  std::string pool_id;
  std::string sub;       // UUID, never reused
  std::string username;  // as given; the sub where the pool has UsernameAttributes
  uint64_t version = 0;  // incremented by each write
  bool enabled = true;
  std::string status{kConfirmed};
  SignUpState sign_up;            // where `status` is UNCONFIRMED
  std::string password_hash;      // PHC string; empty: none
  uint64_t password_version = 0;  // incremented by each change
  int64_t password_millis = 0;    // when it was set
  // Sign-out generation. A family is alive only while its own equals this.
  uint64_t generation = 0;
  int64_t created_millis = 0;
  int64_t modified_millis = 0;
  std::map<std::string, std::string, std::less<>> attributes;  // without sub
  // Ids of its groups by their names in lower case; written by group.h's functions only.
  std::map<std::string, std::string, std::less<>> groups;

  std::string_view Attribute(std::string_view name) const;  // empty where absent
};

std::string UserKey(std::string_view pool_id, std::string_view sub);

// The user by sub; nullopt where there is none.
base::Result<std::optional<User>> GetUser(store::Reader& reader, std::string_view pool_id,
                                          std::string_view sub);
// The same with the record's text as it stands, by which a commit that was prepared outside knows
// whether anything has happened to the user since.
struct UserAnchor {
  User user;
  std::string record;
};
base::Result<std::optional<UserAnchor>> GetUserAnchor(store::Reader& reader,
                                                      std::string_view pool_id,
                                                      std::string_view sub);
// The user whose anchor has that key.
base::Result<std::optional<User>> GetUserByKey(store::Reader& reader, std::string_view key);
// The user by what a caller may give as Username: username, an alias of the pool, or the sub.
base::Result<std::optional<User>> FindUser(store::Reader& reader, const Pool& pool,
                                           std::string_view name);
// The sub of the same user. Reads the same whether there is one or not, so that the time does not
// tell.
base::Result<std::optional<std::string>> FindSub(store::Reader& reader, const Pool& pool,
                                                 std::string_view name);
// How many users the pool has, counted up to 10,000.
base::Result<int64_t> EstimateUsers(store::Reader& reader, std::string_view pool_id);
// As FindUser; UserNotFoundException "User does not exist." where there is none.
base::Result<User> RequireUser(store::Reader& reader, const Pool& pool, std::string_view name);

// Writes a user that is new, with its names. UsernameExistsException or AliasExistsException where
// a name is taken: then nothing of it is written. `force_alias` takes an address away as an
// alias from its holder, for whom it is then no longer verified.
base::Status CreateUser(store::Tx& tx, const Pool& pool, User& user, bool force_alias);
// Writes the anchor with `version` incremented, and the names that changed. `user` must have been
// read in this commit. AliasExistsException where a new alias is taken; `force_alias` as above.
base::Status UpdateUser(store::Tx& tx, const Pool& pool, User& user, bool force_alias = false);
// Writes the anchor with `version` incremented where no name can have changed.
base::Status PutUser(store::Tx& tx, User& user);
// The text of the anchor that PutUser would write now; `version` is incremented.
std::string NextUserRecord(User& user);
// Deletes the anchor and the names. What else is kept of a user goes with it: DeleteUser
// (user_removal.h).
base::Status DeleteAnchor(store::Tx& tx, const Pool& pool, const User& user);

// Within a commit, for a user whose names an older version wrote: they are found by their present
// forms (names.h). One whose present form is another user's stays as it is, found as it was written
// and in this index, whose records' values are subs: sort the pool's id.
inline constexpr std::string_view kCollidingNames = "colliding-names";
base::Status RenewNames(store::Tx& tx, const Pool& pool, const User& user);

// The sorts of UNCONFIRMED users' anchors in the counted index of sign-ups (sign_ups.h): one of the
// prefixes, then ExpirySort(the state's time).
inline constexpr std::string_view kSignUpsWithCode = "code/";
inline constexpr std::string_view kSignUpsWithoutCode = "none/";
std::string SignUpSort(const SignUpState& sign_up);

// Indexes for ListUsers. Their records' values are subs.
// All users of a pool: sort "{pool id}/{creation, 16 digits}".
inline constexpr std::string_view kUsersByCreation = "users";
// By username, sub, status, cognito:user_status, email, phone_number, name, given_name, family_name
// or preferred_username. Rows whose value begins so, whatever its case: candidates, of which the
// record decides. A '/' after the prefix: the value ends there.
std::string UserIndex(std::string_view attribute);
std::string UserIndexPrefix(std::string_view pool_id, std::string_view value_prefix);

}  // namespace sallyport::domain
