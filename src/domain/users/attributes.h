// Attributes: what the pool's schema and the client's permissions allow to be written.
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

// Takes an attribute as a caller gives it, in the place of one of the same name. "True" and "False"
// count as "true" and "false" where they say whether an address is verified.
void TakeAttribute(Attributes& attributes, std::string_view name, std::string_view value);
// The user's attributes as the API gives them, sub first.
boost::json::array AttributeList(const User& user);
// Those of them that the client may read.
boost::json::array ReadableAttributeList(const Client& client, const User& user);

// Attributes of a new user: known and well-formed. InvalidParameterException. That one is missing
// which the schema requires is no error here: an administrator may leave it to the user.
base::Status CheckNewAttributes(const Pool& pool, const Attributes& attributes);
// Attributes given to a user that exists: known, mutable, well-formed. InvalidParameterException.
base::Status CheckChangedAttributes(const Pool& pool, const Attributes& changes);
// The schema's required attributes that `attributes` lacks.
std::vector<std::string> MissingAttributes(const Pool& pool, const Attributes& attributes);
// Names to be deleted: known, mutable and not required. InvalidParameterException.
base::Status CheckDeletedAttributes(const Pool& pool, const std::vector<std::string>& names);
// NotAuthorizedException "A client attempted to write unauthorized attribute" where the client may
// not write all of them.
base::Status CheckMayWrite(const Client& client, const Attributes& changes);

// Puts `changes` into the user: an empty value deletes; a new e-mail address or phone number that
// is not said to be verified in the same call is unverified.
void ApplyAttributes(User& user, const Attributes& changes);

// Where a new user's name and attributes come from.
enum class NewUserFrom {
  kCaller,  // who gives both
  // A directory that keeps the address as its owner once wrote it, which may differ in letter case
  // from the name that was typed, or stands in the row.
  kDirectory,
};

// Sets username and attributes of a new user from the name it was given: where the pool has
// UsernameAttributes, the name is an e-mail address or phone number, becomes that attribute, and
// the username is the sub. InvalidParameterException where the name does not suit the pool, or
// where the user has another address of that kind among its attributes. Of an address that a
// directory has in other letters the name's are kept: by them the user is found.
base::Status NameNewUser(const Pool& pool, std::string_view given, User& user,
                         NewUserFrom from = NewUserFrom::kCaller);

}  // namespace sallyport::domain
