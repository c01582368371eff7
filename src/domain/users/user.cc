#include "domain/users/user.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>
#include <vector>

#include "base/text.h"
#include "domain/errors.h"
#include "domain/limits/ceilings.h"
#include "domain/pools/pool.h"
#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> kAliases{"email", "phone_number", "preferred_username"};
constexpr std::array<std::string_view, 6> kIndexed{
    "email", "phone_number", "name", "given_name", "family_name", "preferred_username"};
// Of longer values only the beginning is indexed; the record decides.
constexpr size_t kIndexedBytes = 256;

// The keys of the records that make a name unique. Older versions wrote the one called `former`. It
// is kept where the other is another user's (RenewNames), and is then tried first.
struct NameKey {
  std::string key;
  std::string former;  // empty: it is the same
  bool operator==(const NameKey&) const = default;
};

NameKey KeyOf(const std::string& prefix, const Pool& pool, std::string_view name) {
  NameKey key{prefix + Normalised(pool, name), prefix + FormerlyNormalised(pool, name)};
  if (key.former == key.key) key.former.clear();
  return key;
}

NameKey UsernameKey(const Pool& pool, std::string_view name) {
  return KeyOf("username/" + pool.id + "/", pool, name);
}

NameKey AliasKey(const Pool& pool, std::string_view attribute, std::string_view value) {
  return KeyOf("alias/" + pool.id + "/" + std::string(attribute) + "/", pool, value);
}

// The user who has the name. The reads are the same whether anybody has it or not.
base::Result<std::optional<std::string>> HolderOf(store::Reader& reader, const NameKey& name) {
  SALLYPORT_ASSIGN(std::optional<std::string> holder, reader.Get(name.key));
  if (name.former.empty()) return holder;
  SALLYPORT_ASSIGN(std::optional<std::string> former, reader.Get(name.former));
  return former ? std::move(former) : std::move(holder);
}

// Deletes a name, unless another user has it now.
base::Status DropName(store::Tx& tx, const NameKey& name, std::string_view sub) {
  for (const std::string& key : {name.key, name.former}) {
    if (key.empty()) continue;
    SALLYPORT_ASSIGN(const auto holder, tx.Get(key));
    if (holder && *holder == sub) SALLYPORT_TRY(tx.Delete(key));
  }
  return {};
}

std::string ListingKey(const User& user) {
  return "listing/" + user.pool_id + "/" + user.sub;
}

struct Alias {
  std::string_view attribute;
  NameKey key;
  bool operator==(const Alias&) const = default;
};

// The aliases with which `user` may sign in.
std::vector<Alias> AliasesOf(const Pool& pool, const User& user) {
  std::vector<Alias> aliases;
  for (const std::string_view attribute : kAliases) {
    const std::string_view value = user.Attribute(attribute);
    if (value.empty()) continue;
    const bool is_username = pool.settings.username_attributes.Has(attribute);
    const bool is_alias = pool.settings.alias_attributes.Has(attribute) &&
                          (attribute == "preferred_username" ||
                           user.Attribute(std::string(attribute) + "_verified") == "true");
    if (is_username || is_alias) aliases.push_back({attribute, AliasKey(pool, attribute, value)});
  }
  return aliases;
}

base::Error AliasTaken(const Pool& pool, std::string_view attribute, bool creating) {
  if (pool.settings.username_attributes.Has(attribute)) {
    return creating ? error::kGivenUsernameTaken(attribute) : error::kGivenAliasTaken(attribute);
  }
  return error::kAliasTaken(attribute);
}

// Takes an alias away from its holder, because another user has proved that the address is theirs.
base::Status LoseAlias(store::Tx& tx, const Pool& pool, std::string_view sub,
                       std::string_view attribute) {
  SALLYPORT_ASSIGN(std::optional<User> loser, GetUser(tx, pool.id, sub));
  const std::string verified = std::string(attribute) + "_verified";
  if (!loser || !loser->attributes.contains(verified)) return {};
  loser->attributes[verified] = "false";
  return PutUser(tx, *loser);
}

base::Status CheckAliasesFree(store::Tx& tx, const Pool& pool, const User& user,
                              const std::vector<Alias>& aliases, bool creating, bool force) {
  for (const Alias& alias : aliases) {
    SALLYPORT_ASSIGN(const auto holder, HolderOf(tx, alias.key));
    if (!holder || *holder == user.sub) continue;
    // A username cannot be taken over. Neither can a preferred_username, since nobody verifies it.
    if (!force || alias.attribute == "preferred_username" ||
        pool.settings.username_attributes.Has(alias.attribute)) {
      return AliasTaken(pool, alias.attribute, creating);
    }
  }
  return {};
}

base::Status TakeAliases(store::Tx& tx, const Pool& pool, const User& user,
                         const std::vector<Alias>& aliases) {
  for (const Alias& alias : aliases) {
    SALLYPORT_ASSIGN(const auto holder, HolderOf(tx, alias.key));
    if (holder && *holder != user.sub) {
      SALLYPORT_TRY(LoseAlias(tx, pool, *holder, alias.attribute));
      SALLYPORT_TRY(DropName(tx, alias.key, *holder));
    }
    SALLYPORT_TRY(tx.Put(alias.key.key, user.sub, {}));
  }
  return {};
}

// Deletes aliases, except one that another user has taken over.
base::Status DropAliases(store::Tx& tx, const User& user, const std::vector<Alias>& aliases) {
  for (const Alias& alias : aliases) SALLYPORT_TRY(DropName(tx, alias.key, user.sub));
  return {};
}

std::vector<store::IndexRow> ListingRows(const User& user) {
  std::vector<store::IndexRow> rows{
      {std::string(kUsersByCreation), user.pool_id + "/" + SortableMillis(user.created_millis)}};
  const auto add = [&](std::string_view attribute, std::string_view value) {
    // Users with the same value are listed in the order of their creation.
    rows.push_back({UserIndex(attribute), UserIndexPrefix(user.pool_id, value) + "/" +
                                              SortableMillis(user.created_millis)});
  };
  add("username", user.username);
  add("sub", user.sub);
  add("cognito:user_status", user.status);
  add("status", user.enabled ? "Enabled" : "Disabled");
  for (const std::string_view attribute : kIndexed) {
    if (const auto found = user.attributes.find(attribute); found != user.attributes.end()) {
      add(attribute, found->second);
    }
  }
  return rows;
}

// The index rows belong to the listing record, so that a sign-in, which writes the anchor, does not
// touch them.
base::Status PutListing(store::Tx& tx, const User& user) {
  return tx.Put(ListingKey(user), user.sub, ListingRows(user));
}

bool IsSignUp(const User& user) {
  return user.status == kUnconfirmed && user.sign_up.millis > 0;
}

constexpr auto kSignUpState = RecordOf<SignUpState>(Member("CodeSent", &SignUpState::code_sent),
                                                    Member("Millis", &SignUpState::millis));
constexpr auto kUserRecord = RecordOf<User>(
    Member("PoolId", &User::pool_id), Member("Sub", &User::sub),
    Member("Username", &User::username), Member("Version", &User::version),
    Member("Enabled", &User::enabled), Member("Status", &User::status),
    Member("PasswordHash", &User::password_hash),
    Member("PasswordVersion", &User::password_version),
    Member("PasswordSet", &User::password_millis), Member("Generation", &User::generation),
    Member("Created", &User::created_millis), Member("Modified", &User::modified_millis),
    Member("Attributes", &User::attributes), Sparse("Groups", &User::groups),
    Where<User>(IsSignUp, Part("SignUp", &User::sign_up, kSignUpState)));

base::Result<User> ParseUser(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  return kUserRecord.Read(record);
}

// The keys by which a caller's name may be found, in the order of precedence.
std::vector<NameKey> NameKeys(const Pool& pool, std::string_view name) {
  std::vector<NameKey> keys{UsernameKey(pool, name)};
  for (const std::string_view attribute : kAliases) {
    if (pool.settings.username_attributes.Has(attribute) ||
        pool.settings.alias_attributes.Has(attribute)) {
      keys.push_back(AliasKey(pool, attribute, name));
    }
  }
  return keys;
}

base::Result<std::optional<User>> UserByName(store::Reader& reader, const Pool& pool,
                                             const NameKey& name) {
  SALLYPORT_ASSIGN(const auto sub, HolderOf(reader, name));
  if (!sub) return std::optional<User>();
  return GetUser(reader, pool.id, *sub);
}

}  // namespace

std::string_view User::Attribute(std::string_view name) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::string_view() : std::string_view(found->second);
}

std::string UserKey(std::string_view pool_id, std::string_view sub) {
  std::string key = "user/";
  key += pool_id;
  key += '/';
  key += sub;
  return key;
}

std::string SignUpSort(const SignUpState& sign_up) {
  return std::string(sign_up.code_sent ? kSignUpsWithCode : kSignUpsWithoutCode) +
         ExpirySort(sign_up.millis / 1000);
}

std::string UserIndex(std::string_view attribute) {
  return "users-by-" + std::string(attribute);
}

std::string UserIndexPrefix(std::string_view pool_id, std::string_view value_prefix) {
  std::string text = CaseFolded(value_prefix);
  text.resize(std::min(text.size(), kIndexedBytes));
  // Neither part of a position may have a NUL (page.h).
  std::replace(text.begin(), text.end(), '\0', ' ');
  return std::string(pool_id) + "/" + text;
}

base::Result<std::optional<User>> GetUser(store::Reader& reader, std::string_view pool_id,
                                          std::string_view sub) {
  SALLYPORT_ASSIGN(std::optional<UserAnchor> anchor, GetUserAnchor(reader, pool_id, sub));
  if (!anchor) return std::optional<User>();
  return std::optional(std::move(anchor->user));
}

base::Result<std::optional<User>> GetUserByKey(store::Reader& reader, std::string_view key) {
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return std::optional<User>();
  SALLYPORT_ASSIGN(User user, ParseUser(key, *bytes));
  return std::optional(std::move(user));
}

base::Result<std::optional<UserAnchor>> GetUserAnchor(store::Reader& reader,
                                                      std::string_view pool_id,
                                                      std::string_view sub) {
  const std::string key = UserKey(pool_id, sub);
  SALLYPORT_ASSIGN(std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return std::optional<UserAnchor>();
  SALLYPORT_ASSIGN(User user, ParseUser(key, *bytes));
  return std::optional(UserAnchor{std::move(user), std::move(*bytes)});
}

base::Result<std::optional<User>> FindUser(store::Reader& reader, const Pool& pool,
                                           std::string_view name) {
  for (const NameKey& key : NameKeys(pool, name)) {
    SALLYPORT_ASSIGN(std::optional<User> user, UserByName(reader, pool, key));
    if (user) return user;
  }
  return GetUser(reader, pool.id, name);
}

base::Result<std::optional<std::string>> FindSub(store::Reader& reader, const Pool& pool,
                                                 std::string_view name) {
  // As in FindUser, a name whose user was deleted is ignored.
  std::vector<std::string> subs;
  for (const NameKey& key : NameKeys(pool, name)) {
    SALLYPORT_ASSIGN(std::optional<std::string> sub, HolderOf(reader, key));
    if (sub) subs.push_back(*std::move(sub));
  }
  subs.emplace_back(name);
  for (std::string& sub : subs) {
    SALLYPORT_ASSIGN(const auto anchor, reader.Get(UserKey(pool.id, sub)));
    if (anchor) return std::optional(std::move(sub));
  }
  return std::optional<std::string>();
}

std::string CountedName(store::Reader& reader, const Pool& pool, std::string_view name) {
  auto sub = FindSub(reader, pool, name);
  // Where the name cannot be looked up, the operation itself will say why.
  return sub && *sub ? **std::move(sub) : Normalised(pool, name);
}

std::vector<std::string> NameRecordKeys(const Pool& pool, std::string_view name) {
  std::vector<std::string> keys;
  for (NameKey& one : NameKeys(pool, name)) {
    keys.push_back(std::move(one.key));
    if (!one.former.empty()) keys.push_back(std::move(one.former));
  }
  return keys;
}

base::Result<int64_t> EstimateUsers(store::Reader& reader, std::string_view pool_id) {
  constexpr size_t kUsersAtATime = 1000;
  constexpr int64_t kMost = 10'000;
  const std::string prefix = std::string(pool_id) + "/";
  std::optional<store::ListPosition> after;
  int64_t count = 0;
  while (count < kMost) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     reader.List(kUsersByCreation, prefix, after, kUsersAtATime));
    count += static_cast<int64_t>(items.size());
    if (items.size() < kUsersAtATime) break;
    after = {items.back().sort, items.back().key};
  }
  return count;
}

base::Result<User> RequireUser(store::Reader& reader, const Pool& pool, std::string_view name) {
  SALLYPORT_ASSIGN(std::optional<User> user, FindUser(reader, pool, name));
  if (!user) return error::kNoSuchUser();
  return std::move(*user);
}

base::Status CreateUser(store::Tx& tx, const Pool& pool, User& user, bool force_alias) {
  const NameKey name = UsernameKey(pool, user.username);
  SALLYPORT_ASSIGN(const auto holder, HolderOf(tx, name));
  if (holder) return error::kUsernameTaken();
  const std::vector<Alias> aliases = AliasesOf(pool, user);
  SALLYPORT_TRY(CheckAliasesFree(tx, pool, user, aliases, true, force_alias));
  SALLYPORT_TRY(tx.Put(name.key, user.sub, {}));
  SALLYPORT_TRY(TakeAliases(tx, pool, user, aliases));
  SALLYPORT_TRY(PutListing(tx, user));
  return PutUser(tx, user);
}

base::Status UpdateUser(store::Tx& tx, const Pool& pool, User& user, bool force_alias) {
  SALLYPORT_ASSIGN(const std::optional<User> before, GetUser(tx, user.pool_id, user.sub));
  if (!before) return error::kNoSuchUser();
  std::vector<Alias> dropped = AliasesOf(pool, *before);
  std::vector<Alias> taken = AliasesOf(pool, user);
  const std::vector<Alias> kept = taken;
  std::erase_if(taken, [&](const Alias& alias) {
    return std::find(dropped.begin(), dropped.end(), alias) != dropped.end();
  });
  std::erase_if(dropped, [&](const Alias& alias) {
    return std::find(kept.begin(), kept.end(), alias) != kept.end();
  });
  SALLYPORT_TRY(CheckAliasesFree(tx, pool, user, taken, false, force_alias));
  SALLYPORT_TRY(DropAliases(tx, *before, dropped));
  SALLYPORT_TRY(TakeAliases(tx, pool, user, taken));
  if (ListingRows(*before) != ListingRows(user)) SALLYPORT_TRY(PutListing(tx, user));
  return PutUser(tx, user);
}

base::Status RenewNames(store::Tx& tx, const Pool& pool, const User& user) {
  SALLYPORT_TRY(PutListing(tx, user));
  std::vector<NameKey> names{UsernameKey(pool, user.username)};
  for (Alias& alias : AliasesOf(pool, user)) names.push_back(std::move(alias.key));
  for (const NameKey& name : names) {
    if (name.former.empty()) continue;
    SALLYPORT_ASSIGN(const auto former, tx.Get(name.former));
    if (!former || *former != user.sub) continue;
    SALLYPORT_ASSIGN(const auto holder, tx.Get(name.key));
    if (holder && *holder != user.sub) {
      SALLYPORT_TRY(tx.Put(name.former, user.sub, {{std::string(kCollidingNames), pool.id}}));
      continue;
    }
    SALLYPORT_TRY(tx.Put(name.key, user.sub, {}));
    SALLYPORT_TRY(tx.Delete(name.former));
  }
  return {};
}

base::Status PutUser(store::Tx& tx, User& user) {
  const std::string record = NextUserRecord(user);
  std::vector<store::IndexRow> rows;
  if (IsSignUp(user)) {
    rows.push_back({std::string(LeftoverIndex(Leftover::kSignUps)), SignUpSort(user.sign_up)});
  }
  return tx.Put(UserKey(user.pool_id, user.sub), record, rows);
}

std::string NextUserRecord(User& user) {
  ++user.version;
  return json::serialize(kUserRecord.Write(user));
}

base::Status DeleteAnchor(store::Tx& tx, const Pool& pool, const User& user) {
  SALLYPORT_TRY(DropAliases(tx, user, AliasesOf(pool, user)));
  SALLYPORT_TRY(DropName(tx, UsernameKey(pool, user.username), user.sub));
  SALLYPORT_TRY(tx.Delete(ListingKey(user)));
  return tx.Delete(UserKey(user.pool_id, user.sub));
}

}  // namespace sallyport::domain
