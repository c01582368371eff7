#include "domain/users/attributes.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "domain/errors.h"
#include "domain/records/json.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

bool IsVerification(std::string_view name) {
  return name == "email_verified" || name == "phone_number_verified";
}

bool IsEmail(std::string_view text) {
  const size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos &&
         std::none_of(text.begin(), text.end(), [](char c) {
           // The last two would show mail services another address than the one that is verified.
           return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '<' || c == '>';
         });
}

// Whether it has the format E.164, which Cognito requires.
bool IsPhoneNumber(std::string_view text) {
  return text.size() >= 2 && text.size() <= 16 && text[0] == '+' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Empty: the value fits.
std::string NumberProblem(const SchemaAttribute& schema, std::string_view value) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    return error::kNotNumber.Text(value);
  }
  const std::optional<int64_t>& least = schema.least_value.value;
  const std::optional<int64_t>& most = schema.greatest_value.value;
  if (least && number < *least) return error::kNumberTooSmall.Text(*least);
  if (most && number > *most) return error::kNumberTooLarge.Text(*most);
  return "";
}

std::string StringProblem(const SchemaAttribute& schema, std::string_view value) {
  const int64_t characters = base::CountCharacters(value);
  const std::optional<int64_t>& least = schema.least_length.value;
  const std::optional<int64_t>& most = schema.greatest_length.value;
  if (least && characters < *least) {
    return error::kStringTooShort.Text(*least);
  }
  if (most && characters > *most) {
    return error::kStringTooLong.Text(*most);
  }
  return "";
}

base::Status CheckValue(const SchemaAttribute& schema, const std::string& name,
                        const std::string& value) {
  // It would make an ID token that nobody accepts (RFC 8259 allows it, and many readers do not).
  if (value.find('\0') != std::string::npos) {
    return error::kAttributeMismatch(name, error::kValueWithNul.Text());
  }
  if (name == "email" && !IsEmail(value)) return error::kInvalidEmail();
  if (name == "phone_number" && !IsPhoneNumber(value)) {
    return error::kInvalidPhoneNumber();
  }
  if (name == "preferred_username" && !HasVisible(value)) {
    return error::kAttributeMismatch(name, error::kValueUnseen.Text());
  }
  if (schema.type == AttributeType::kBoolean && value != "true" && value != "false" &&
      value != "True" && value != "False") {
    return error::kAttributeMismatch(name, error::kNotBoolean.Text());
  }
  std::string problem;
  if (schema.type == AttributeType::kNumber) problem = NumberProblem(schema, value);
  if (schema.type == AttributeType::kString) problem = StringProblem(schema, value);
  if (problem.empty()) return {};
  return error::kAttributeMismatch(name, problem);
}

bool IsSameAddress(const Pool& pool, std::string_view a, std::string_view b, NewUserFrom from) {
  if (from == NewUserFrom::kDirectory) return base::LowerCase(a) == base::LowerCase(b);
  return Normalised(pool, a) == Normalised(pool, b);
}

// The address that is the user's name becomes the attribute. If the attribute is also given, it
// must be the same.
base::Status TakeAddress(const Pool& pool, const std::string& attribute, std::string_view given,
                         User& user, NewUserFrom from) {
  const std::string_view beside = user.Attribute(attribute);
  if (!beside.empty() && !IsSameAddress(pool, beside, given, from)) {
    return error::kAddressIsUsername(attribute, attribute);
  }
  user.attributes[attribute] = given;
  user.username = user.sub;
  return {};
}

bool IsListed(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void TakeAttribute(Attributes& attributes, std::string_view name, std::string_view value) {
  if (IsVerification(name) && value == "True") value = "true";
  if (IsVerification(name) && value == "False") value = "false";
  attributes[std::string(name)] = value;
}

json::array AttributeList(const User& user) {
  json::array list;
  list.reserve(user.attributes.size() + 1);
  list.push_back(json::object{{"Name", "sub"}, {"Value", user.sub}});
  for (const auto& [name, value] : user.attributes) {
    list.push_back(json::object{{"Name", name}, {"Value", value}});
  }
  return list;
}

json::array ReadableAttributeList(const Client& client, const User& user) {
  if (client.settings.read_attributes.empty()) return AttributeList(user);
  User readable;
  readable.sub = user.sub;
  for (const std::string& name : client.settings.read_attributes) {
    const auto found = user.attributes.find(name);
    if (found != user.attributes.end()) readable.attributes.insert(*found);
  }
  return AttributeList(readable);
}

std::vector<std::string> MissingAttributes(const Pool& pool, const Attributes& attributes) {
  std::vector<std::string> missing;
  for (const SchemaAttribute& attribute : pool.settings.schema) {
    if (!attribute.required || attribute.name == "sub") continue;
    const auto found = attributes.find(attribute.name);
    if (found == attributes.end() || found->second.empty()) missing.push_back(attribute.name);
  }
  return missing;
}

base::Status CheckNewAttributes(const Pool& pool, const Attributes& attributes) {
  std::string problems;
  for (const auto& [name, value] : attributes) {
    if (name == "sub" || pool.settings.Attribute(name) == nullptr) {
      problems += error::kAttributeTypeUnknown.Text(name);
    }
  }
  if (!problems.empty()) return error::kSchemaMismatch(problems);
  for (const auto& [name, value] : attributes) {
    if (!value.empty()) SALLYPORT_TRY(CheckValue(*pool.settings.Attribute(name), name, value));
  }
  return {};
}

base::Status CheckChangedAttributes(const Pool& pool, const Attributes& changes) {
  std::string problems;
  for (const auto& [name, value] : changes) {
    const SchemaAttribute* schema = pool.settings.Attribute(name);
    if (schema == nullptr) {
      problems += error::kAttributeUnknown.Text(name);
    } else if (name == "sub" || !schema->can_change) {
      problems += error::kAttributeImmutable.Text(name);
    }
  }
  if (!problems.empty()) return error::InvalidAttributes(std::move(problems));
  for (const auto& [name, value] : changes) {
    if (!value.empty()) {
      SALLYPORT_TRY(CheckValue(*pool.settings.Attribute(name), name, value));
    } else if (pool.settings.Attribute(name)->required) {
      return error::kSchemaMismatch(error::kAttributeMissing.Text(name) + '\n');
    }
  }
  return {};
}

base::Status CheckDeletedAttributes(const Pool& pool, const std::vector<std::string>& names) {
  std::string problems;
  for (const std::string& name : names) {
    const SchemaAttribute* schema = pool.settings.Attribute(name);
    if (schema == nullptr) {
      problems += error::kAttributeUnknown.Text(name);
    } else if (name == "sub" || !schema->can_change) {
      problems += error::kAttributeImmutable.Text(name);
    } else if (schema->required) {
      problems += error::kAttributeNotDeletable.Text(name);
    }
  }
  if (!problems.empty()) return error::InvalidAttributes(std::move(problems));
  return {};
}

base::Status CheckMayWrite(const Client& client, const Attributes& changes) {
  for (const auto& [name, value] : changes) {
    // Users can never set whether an address is verified. Developer-only attributes can be set only
    // by calls with credentials. The client's list does not matter for either.
    const bool refused = IsVerification(name) || name.starts_with("dev:") ||
                         (!client.settings.write_attributes.empty() &&
                          !IsListed(client.settings.write_attributes, name));
    if (refused) {
      return error::kAttributeNotWritable.Because(name);
    }
  }
  return {};
}

void ApplyAttributes(User& user, const Attributes& changes) {
  for (const auto& [name, value] : changes) {
    const bool address = name == "email" || name == "phone_number";
    const std::string verified = name + "_verified";
    if (value.empty()) {
      user.attributes.erase(name);
      // An attribute that does not exist cannot be verified.
      if (address) user.attributes.erase(verified);
    } else {
      const bool changed = user.Attribute(name) != value;
      user.attributes[name] = value;
      if (changed && address && !changes.contains(verified)) user.attributes[verified] = "false";
    }
  }
}

base::Status NameNewUser(const Pool& pool, std::string_view given, User& user, NewUserFrom from) {
  if (!HasVisible(given)) return error::kUsernameUnseen();
  const bool by_email = pool.settings.username_attributes.email;
  const bool by_phone = pool.settings.username_attributes.phone_number;
  if (!by_email && !by_phone) {
    if (IsEmail(given) && pool.settings.alias_attributes.email) {
      return error::kUsernameLikeEmail();
    }
    if (IsPhoneNumber(given) && pool.settings.alias_attributes.phone_number) {
      return error::kUsernameLikePhoneNumber();
    }
    user.username = given;
    return {};
  }
  if (by_email && IsEmail(given)) return TakeAddress(pool, "email", given, user, from);
  if (by_phone && IsPhoneNumber(given)) return TakeAddress(pool, "phone_number", given, user, from);
  if (by_email && by_phone) return error::kUsernameNotAddress();
  return by_email ? error::kUsernameNotEmail() : error::kUsernameNotPhoneNumber();
}

}  // namespace sallyport::domain
