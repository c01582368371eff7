// User: the anchor record of a user, and the names by which the user is found.
//
// Record "user/{pool}/{sub}" is the anchor. Every sign-in, sign-out, disable, delete and password
// change writes it, so any two of them have an order (protocol.md, section 6). Records
// "username/{pool}/{normalised}" and "alias/{pool}/{attribute}/{normalised}" hold a sub each, and
// make names unique.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/users/names.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Pool;

// The words of UserStatusType, as the API shows them.
inline constexpr std::string_view kUnconfirmed = "UNCONFIRMED";
inline constexpr std::string_view kConfirmed = "CONFIRMED";
inline constexpr std::string_view kForceChangePassword = "FORCE_CHANGE_PASSWORD";
inline constexpr std::string_view kResetRequired = "RESET_REQUIRED";

// For a user who signed up and is not confirmed yet: until when the last code is valid, or, where
// none was sent, when the user signed up. By the watched time (store/forgetting.h).
struct SignUpState {
  bool code_sent = false;
  int64_t millis = 0;
};

struct User {
  std::string pool_id;
  std::string sub;       // UUID, never reused
  std::string username;  // as given; equal to the sub where the pool has UsernameAttributes
  uint64_t version = 0;  // incremented by each write
  bool enabled = true;
  std::string status{kConfirmed};
  SignUpState sign_up;            // only while `status` is UNCONFIRMED
  std::string password_hash;      // in PHC format; empty: the user has no password
  uint64_t password_version = 0;  // incremented by each change of the password
  int64_t password_millis = 0;    // when the password was set
  // The sign-out generation. A family is alive only while its own generation equals this one.
  uint64_t generation = 0;
  int64_t created_millis = 0;
  int64_t modified_millis = 0;
  std::map<std::string, std::string, std::less<>> attributes;  // without sub
  // The ids of the user's groups, by the groups' names in lower case. Only the functions of group.h
  // write it.
  std::map<std::string, std::string, std::less<>> groups;

  std::string_view Attribute(std::string_view name) const;  // empty where absent
};

std::string UserKey(std::string_view pool_id, std::string_view sub);

// The user by sub; nullopt where there is none.
base::Result<std::optional<User>> GetUser(store::Reader& reader, std::string_view pool_id,
                                          std::string_view sub);
// A user together with the text of the record. A commit that was prepared outside compares the text
// to find out whether anything has happened to the user since.
struct UserAnchor {
  User user;
  std::string record;
};
base::Result<std::optional<UserAnchor>> GetUserAnchor(store::Reader& reader,
                                                      std::string_view pool_id,
                                                      std::string_view sub);
// The user whose anchor record has that key.
base::Result<std::optional<User>> GetUserByKey(store::Reader& reader, std::string_view key);
// The user by any name that a caller may give as Username: username, an alias of the pool, or sub.
base::Result<std::optional<User>> FindUser(store::Reader& reader, const Pool& pool,
                                           std::string_view name);
// The sub of the same user. The reads are the same whether the user exists or not, so that the time
// does not tell.
base::Result<std::optional<std::string>> FindSub(store::Reader& reader, const Pool& pool,
                                                 std::string_view name);
// The text by which calls for a user are counted, whichever name they give: the sub, or for a name
// that no user has, the form in which the pool compares it. So two spellings of a name that nobody
// has are counted together exactly where they would mean one user.
std::string CountedName(store::Reader& reader, const Pool& pool, std::string_view name);
// The keys of the records that say who has the name, each of whose values is a sub.
std::vector<std::string> NameRecordKeys(const Pool& pool, std::string_view name);
// How many users the pool has. Stops counting at 10,000.
base::Result<int64_t> EstimateUsers(store::Reader& reader, std::string_view pool_id);
// As FindUser; UserNotFoundException "User does not exist." where there is none.
base::Result<User> RequireUser(store::Reader& reader, const Pool& pool, std::string_view name);

// Writes a new user and the user's names. UsernameExistsException or AliasExistsException where a
// name is taken; then nothing is written. With `force_alias` the user takes over an e-mail address
// or phone number that is another user's alias; for that user it is then no longer verified.
base::Status CreateUser(store::Tx& tx, const Pool& pool, User& user, bool force_alias);
// Writes the anchor, with `version` incremented, and the names that changed. `user` must have been
// read in this commit. AliasExistsException where a new alias is taken; see CreateUser for
// `force_alias`.
base::Status UpdateUser(store::Tx& tx, const Pool& pool, User& user, bool force_alias = false);
// Writes the anchor, with `version` incremented, for changes that cannot change a name.
base::Status PutUser(store::Tx& tx, User& user);
// The text that PutUser would write now; increments `version`.
std::string NextUserRecord(User& user);
// Deletes the anchor and the names. Use DeleteUser (user_removal.h) to delete everything that is
// stored of a user.
base::Status DeleteAnchor(store::Tx& tx, const Pool& pool, const User& user);

// Called within a commit, for a user whose names an older version wrote: makes them findable by
// their present forms (names.h), and writes the index rows for ListUsers anew. A name whose present
// form is another user's is left as it is: it is found as it was written, and by this index. The
// records' values are subs, and the sort is the pool's id.
inline constexpr std::string_view kCollidingNames = "colliding-names";
base::Status RenewNames(store::Tx& tx, const Pool& pool, const User& user);

// The sorts of UNCONFIRMED users' anchors in the counted index of sign-ups (sign_ups.h): one of
// these prefixes, then ExpirySort(the time in SignUpState).
inline constexpr std::string_view kSignUpsWithCode = "code/";
inline constexpr std::string_view kSignUpsWithoutCode = "none/";
std::string SignUpSort(const SignUpState& sign_up);

// The indexes for ListUsers. Their records' values are subs. This one has all users of a pool, in
// the order "{pool id}/{creation, 16 digits}".
inline constexpr std::string_view kUsersByCreation = "users";
// The index by one attribute: username, sub, status, cognito:user_status, email, phone_number,
// name, given_name, family_name or preferred_username. It finds candidates whose value begins with
// a prefix, ignoring letter case; the user's record decides. A '/' after the prefix means that the
// value ends there.
std::string UserIndex(std::string_view attribute);
std::string UserIndexPrefix(std::string_view pool_id, std::string_view value_prefix);

}  // namespace sallyport::domain
