// Attributes of users: which ones the pool's schema and the client's permissions allow to be
// written.
#pragma once

#include <boost/json/array.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"

namespace sallyport::domain {

using Attributes = std::map<std::string, std::string, std::less<>>;

// Sets an attribute as a caller gives it, replacing one of the same name. For the attributes that
// say whether an address is verified, "True" and "False" mean "true" and "false".
void TakeAttribute(Attributes& attributes, std::string_view name, std::string_view value);
// The user's attributes in the form of the API, sub first.
boost::json::array AttributeList(const User& user);
// The same, with only the attributes that the client may read.
boost::json::array ReadableAttributeList(const Client& client, const User& user);

// Checks the attributes of a new user: they must be known and well-formed.
// InvalidParameterException. A required attribute may be missing here: an administrator may leave
// it to the user.
base::Status CheckNewAttributes(const Pool& pool, const Attributes& attributes);
// Checks new values for an existing user: known, mutable, well-formed. InvalidParameterException.
base::Status CheckChangedAttributes(const Pool& pool, const Attributes& changes);
// The attributes that the schema requires and that `attributes` lacks.
std::vector<std::string> MissingAttributes(const Pool& pool, const Attributes& attributes);
// Checks names of attributes to be deleted: known, mutable and not required.
// InvalidParameterException.
base::Status CheckDeletedAttributes(const Pool& pool, const std::vector<std::string>& names);
// NotAuthorizedException "A client attempted to write unauthorized attribute" where the client may
// not write all of them.
base::Status CheckMayWrite(const Client& client, const Attributes& changes);

// Applies `changes` to the user. An empty value deletes the attribute. A new e-mail address or
// phone number becomes unverified, unless the same changes say that it is verified.
void ApplyAttributes(User& user, const Attributes& changes);

// Where the name and the attributes of a new user come from.
enum class NewUserFrom {
  kCaller,  // a caller, who gives both
  // A directory, such as an import file. It keeps an address as its owner once wrote it, which may
  // differ in letter case from the name that was typed or is in the row.
  kDirectory,
};

// Sets username and attributes of a new user from the name that was given. Where the pool has
// UsernameAttributes, the name must be an e-mail address or phone number; it becomes that
// attribute, and the username is the sub. InvalidParameterException where the name does not suit
// the pool, or the attributes have another address of that kind. Where a directory has the address
// in another letter case, the spelling of the name is kept, because the user is found by it.
base::Status NameNewUser(const Pool& pool, std::string_view given, User& user,
                         NewUserFrom from = NewUserFrom::kCaller);

}  // namespace sallyport::domain
