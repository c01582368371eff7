#include "domain/attributes.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <charconv>
#include <optional>

#include "domain/errors.h"
#include "domain/json.h"
#include "domain/text.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

bool IsVerification(std::string_view name) {
  return name == "email_verified" || name == "phone_number_verified";
}

const json::object* SchemaOf(const Pool& pool, std::string_view name) {
  const json::array* schema = ArrayMember(pool.description, "SchemaAttributes");
  if (schema == nullptr) return nullptr;
  for (const json::value& item : *schema) {
    const json::object* attribute = item.if_object();
    if (attribute != nullptr && StringMember(*attribute, "Name") == name) return attribute;
  }
  return nullptr;
}

// One bound of a constraints object; AWS gives them as text.
std::optional<int64_t> Bound(const json::object& schema, std::string_view constraints,
                             std::string_view member) {
  const json::object* object = ObjectMember(schema, constraints);
  if (object == nullptr || !object->contains(member)) return std::nullopt;
  const std::string_view text = StringMember(*object, member);
  if (text.empty()) return IntMember(*object, member);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool IsEmail(std::string_view text) {
  const size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos &&
         text.find_first_of(" \t\r\n") == std::string_view::npos;
}

// E.164, which Cognito asks for.
bool IsPhoneNumber(std::string_view text) {
  return text.size() >= 2 && text.size() <= 16 && text[0] == '+' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Empty: the value suits.
std::string NumberProblem(const json::object& schema, std::string_view value) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    return error::kNotNumber.Text(value);
  }
  const auto least = Bound(schema, "NumberAttributeConstraints", "MinValue");
  const auto most = Bound(schema, "NumberAttributeConstraints", "MaxValue");
  if (least && number < *least) return error::kNumberTooSmall.Text(*least);
  if (most && number > *most) return error::kNumberTooLarge.Text(*most);
  return "";
}

std::string StringProblem(const json::object& schema, std::string_view value) {
  const int64_t characters = CountCharacters(value);
  const auto least = Bound(schema, "StringAttributeConstraints", "MinLength");
  const auto most = Bound(schema, "StringAttributeConstraints", "MaxLength");
  if (least && characters < *least) {
    return error::kStringTooShort.Text(*least);
  }
  if (most && characters > *most) {
    return error::kStringTooLong.Text(*most);
  }
  return "";
}

base::Status CheckValue(const json::object& schema, const std::string& name,
                        const std::string& value) {
  if (name == "email" && !IsEmail(value)) return error::kInvalidEmail();
  if (name == "phone_number" && !IsPhoneNumber(value)) {
    return error::kInvalidPhoneNumber();
  }
  const std::string_view type = StringMember(schema, "AttributeDataType");
  if (type == "Boolean" && value != "true" && value != "false" && value != "True" &&
      value != "False") {
    return error::kAttributeMismatch(name, error::kNotBoolean.Text());
  }
  std::string problem;
  if (type == "Number") problem = NumberProblem(schema, value);
  if (type == "String") problem = StringProblem(schema, value);
  if (problem.empty()) return {};
  return error::kAttributeMismatch(name, problem);
}

bool IsListed(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool PoolLists(const Pool& pool, std::string_view member, std::string_view attribute) {
  return IsListed(StringsMember(pool.description, member), attribute);
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
  if (client.read_attributes.empty()) return AttributeList(user);
  User readable;
  readable.sub = user.sub;
  for (const std::string& name : client.read_attributes) {
    const auto found = user.attributes.find(name);
    if (found != user.attributes.end()) readable.attributes.insert(*found);
  }
  return AttributeList(readable);
}

std::vector<std::string> MissingAttributes(const Pool& pool, const Attributes& attributes) {
  std::vector<std::string> missing;
  const json::array* schema = ArrayMember(pool.description, "SchemaAttributes");
  if (schema == nullptr) return missing;
  for (const json::value& item : *schema) {
    const json::object* attribute = item.if_object();
    if (attribute == nullptr || !BoolMember(*attribute, "Required")) continue;
    const std::string_view name = StringMember(*attribute, "Name");
    if (name == "sub") continue;
    const auto found = attributes.find(name);
    if (found == attributes.end() || found->second.empty()) missing.emplace_back(name);
  }
  return missing;
}

base::Status CheckNewAttributes(const Pool& pool, const Attributes& attributes) {
  std::string problems;
  for (const auto& [name, value] : attributes) {
    if (name == "sub" || SchemaOf(pool, name) == nullptr) {
      problems += error::kAttributeTypeUnknown.Text(name);
    }
  }
  if (!problems.empty()) return error::kSchemaMismatch(problems);
  for (const auto& [name, value] : attributes) {
    if (!value.empty()) SALLYPORT_TRY(CheckValue(*SchemaOf(pool, name), name, value));
  }
  return {};
}

base::Status CheckChangedAttributes(const Pool& pool, const Attributes& changes) {
  std::string problems;
  for (const auto& [name, value] : changes) {
    const json::object* schema = SchemaOf(pool, name);
    if (schema == nullptr) {
      problems += error::kAttributeUnknown.Text(name);
    } else if (name == "sub" || !BoolMember(*schema, "Mutable", true)) {
      problems += error::kAttributeImmutable.Text(name);
    }
  }
  if (!problems.empty()) return error::InvalidAttributes(std::move(problems));
  for (const auto& [name, value] : changes) {
    if (!value.empty()) {
      SALLYPORT_TRY(CheckValue(*SchemaOf(pool, name), name, value));
    } else if (BoolMember(*SchemaOf(pool, name), "Required")) {
      return error::kSchemaMismatch(error::kAttributeMissing.Text(name) + '\n');
    }
  }
  return {};
}

base::Status CheckDeletedAttributes(const Pool& pool, const std::vector<std::string>& names) {
  std::string problems;
  for (const std::string& name : names) {
    const json::object* schema = SchemaOf(pool, name);
    if (schema == nullptr) {
      problems += error::kAttributeUnknown.Text(name);
    } else if (name == "sub" || !BoolMember(*schema, "Mutable", true)) {
      problems += error::kAttributeImmutable.Text(name);
    } else if (BoolMember(*schema, "Required")) {
      problems += error::kAttributeNotDeletable.Text(name);
    }
  }
  if (!problems.empty()) return error::InvalidAttributes(std::move(problems));
  return {};
}

base::Status CheckMayWrite(const Client& client, const Attributes& changes) {
  for (const auto& [name, value] : changes) {
    // Whether an address is verified is never for its user to say; developer-only attributes are
    // for calls with credentials, whatever the client lists.
    const bool refused =
        IsVerification(name) || name.starts_with("dev:") ||
        (!client.write_attributes.empty() && !IsListed(client.write_attributes, name));
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
      // What is not there cannot be verified.
      if (address) user.attributes.erase(verified);
    } else {
      const bool changed = user.Attribute(name) != value;
      user.attributes[name] = value;
      if (changed && address && !changes.contains(verified)) user.attributes[verified] = "false";
    }
  }
}

base::Status NameNewUser(const Pool& pool, std::string_view given, User& user) {
  const bool by_email = PoolLists(pool, "UsernameAttributes", "email");
  const bool by_phone = PoolLists(pool, "UsernameAttributes", "phone_number");
  if (!by_email && !by_phone) {
    if (IsEmail(given) && PoolLists(pool, "AliasAttributes", "email")) {
      return error::kUsernameLikeEmail();
    }
    if (IsPhoneNumber(given) && PoolLists(pool, "AliasAttributes", "phone_number")) {
      return error::kUsernameLikePhoneNumber();
    }
    user.username = given;
    return {};
  }
  if (by_email && IsEmail(given)) {
    user.attributes["email"] = given;
  } else if (by_phone && IsPhoneNumber(given)) {
    user.attributes["phone_number"] = given;
  } else if (by_email && by_phone) {
    return error::kUsernameNotAddress();
  } else {
    return by_email ? error::kUsernameNotEmail() : error::kUsernameNotPhoneNumber();
  }
  user.username = user.sub;
  return {};
}

}  // namespace sallyport::domain
