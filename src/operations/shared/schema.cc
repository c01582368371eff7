#include "operations/shared/schema.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "domain/errors.h"
#include "domain/json.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::BoolMember;
using domain::ObjectMember;
using domain::StringMember;

namespace {

constexpr size_t kMostCustomAttributes = 50;

// OpenID Connect's standard claims (OpenID Connect Core section 5.1), in AWS's order and with AWS's
// constraints.
struct StandardAttribute {
  std::string_view name;
  std::string_view type;
  std::string_view min;  // length, or value of a number; empty: no constraint
  std::string_view max;
};
constexpr std::array<StandardAttribute, 20> kStandard{{
    {"sub", "String", "1", "2048"},
    {"name", "String", "0", "2048"},
    {"given_name", "String", "0", "2048"},
    {"family_name", "String", "0", "2048"},
    {"middle_name", "String", "0", "2048"},
    {"nickname", "String", "0", "2048"},
    {"preferred_username", "String", "0", "2048"},
    {"profile", "String", "0", "2048"},
    {"picture", "String", "0", "2048"},
    {"website", "String", "0", "2048"},
    {"email", "String", "0", "2048"},
    {"email_verified", "Boolean", "", ""},
    {"gender", "String", "0", "2048"},
    {"birthdate", "String", "10", "10"},
    {"zoneinfo", "String", "0", "2048"},
    {"locale", "String", "0", "2048"},
    {"phone_number", "String", "0", "2048"},
    {"phone_number_verified", "Boolean", "", ""},
    {"address", "String", "0", "2048"},
    {"updated_at", "Number", "0", ""},
}};

json::object Standard(const StandardAttribute& standard) {
  bool is_sub = standard.name == "sub";
  json::object attribute{{"Name", standard.name},
                         {"AttributeDataType", standard.type},
                         {"DeveloperOnlyAttribute", false},
                         {"Mutable", !is_sub},
                         {"Required", is_sub}};
  if (standard.type == "String") {
    attribute["StringAttributeConstraints"] =
        json::object{{"MinLength", standard.min}, {"MaxLength", standard.max}};
  } else if (standard.type == "Number") {
    attribute["NumberAttributeConstraints"] = json::object{{"MinValue", standard.min}};
  }
  return attribute;
}

// A number's bounds are texts; one that is no whole number of reasonable length is not ordered.
base::Status CheckOrder(const json::object& constraints, std::string_view min_member,
                        std::string_view max_member, std::string_view name, std::string_view what) {
  auto parse = [](std::string_view text, long long& number) {
    if (text.empty() || text.size() > 18) return false;
    size_t digits = text[0] == '-' ? 1 : 0;
    if (digits == text.size() || !std::all_of(text.begin() + digits, text.end(),
                                              [](char c) { return c >= '0' && c <= '9'; })) {
      return false;
    }
    number = std::stoll(std::string(text));
    return true;
  };
  long long min = 0;
  long long max = 0;
  if (!parse(StringMember(constraints, min_member), min)) return {};
  if (!parse(StringMember(constraints, max_member), max)) return {};
  if (min <= max) return {};
  return domain::error::kMaxSmallerThanMin(name, what, what);
}

// Copies the constraints that fit the attribute's type.
base::Status TakeConstraints(const json::object& requested, json::object& attribute) {
  std::string_view type = StringMember(attribute, "AttributeDataType");
  std::string_view name = StringMember(attribute, "Name");
  if (const json::object* given = ObjectMember(requested, "StringAttributeConstraints");
      given && type == "String") {
    SALLYPORT_TRY(CheckOrder(*given, "MinLength", "MaxLength", name, "length"));
    attribute["StringAttributeConstraints"] = *given;
  }
  if (const json::object* given = ObjectMember(requested, "NumberAttributeConstraints");
      given && type == "Number") {
    SALLYPORT_TRY(CheckOrder(*given, "MinValue", "MaxValue", name, "value"));
    attribute["NumberAttributeConstraints"] = *given;
  }
  return {};
}

base::Status ChangeStandard(const json::object& requested, json::object& attribute) {
  std::string_view name = StringMember(attribute, "Name");
  std::string_view type = StringMember(requested, "AttributeDataType");
  if ((!type.empty() && type != StringMember(attribute, "AttributeDataType")) ||
      BoolMember(requested, "DeveloperOnlyAttribute")) {
    return domain::error::kStandardAttributeFixed(name);
  }
  // sub stays required and immutable, whatever is asked for.
  if (name == "sub") return {};
  for (std::string_view member : {"Mutable", "Required"}) {
    attribute[member] = BoolMember(requested, member, BoolMember(attribute, member));
  }
  return TakeConstraints(requested, attribute);
}

base::Result<json::object> Custom(const json::object& requested) {
  if (BoolMember(requested, "Required")) {
    return domain::error::kRequiredCustomAttribute();
  }
  std::string_view type = StringMember(requested, "AttributeDataType");
  if (type.empty()) type = "String";
  bool developer_only = BoolMember(requested, "DeveloperOnlyAttribute");
  std::string name = developer_only ? "dev:custom:" : "custom:";
  name += StringMember(requested, "Name");
  json::object attribute{{"Name", name},
                         {"AttributeDataType", type},
                         {"DeveloperOnlyAttribute", developer_only},
                         {"Mutable", BoolMember(requested, "Mutable", true)},
                         {"Required", false}};
  if (type == "String") attribute["StringAttributeConstraints"] = json::object();
  if (type == "Number") attribute["NumberAttributeConstraints"] = json::object();
  SALLYPORT_TRY(TakeConstraints(requested, attribute));
  return attribute;
}

json::object* FindAttribute(json::array& schema, std::string_view name) {
  for (json::value& attribute : schema) {
    if (StringMember(attribute.as_object(), "Name") == name) return &attribute.as_object();
  }
  return nullptr;
}

base::Status CheckSize(const json::array& schema) {
  if (schema.size() > kStandard.size() + kMostCustomAttributes) {
    return domain::error::kTooManyCustomAttributes(kMostCustomAttributes);
  }
  return {};
}

}  // namespace

base::Result<json::array> MakeSchema(const json::array* requested) {
  json::array schema;
  for (const StandardAttribute& standard : kStandard) schema.push_back(Standard(standard));
  if (!requested) return schema;
  for (const json::value& item : *requested) {
    const json::object& wanted = item.as_object();
    std::string_view name = StringMember(wanted, "Name");
    if (name.empty()) return domain::error::kAttributeNameMissing();
    if (json::object* standard = FindAttribute(schema, name);
        standard && name.find(':') == std::string_view::npos) {
      SALLYPORT_TRY(ChangeStandard(wanted, *standard));
      continue;
    }
    SALLYPORT_ASSIGN(json::object custom, Custom(wanted));
    std::string custom_name(StringMember(custom, "Name"));
    if (FindAttribute(schema, custom_name)) {
      return domain::error::kAttributeNamedTwice(custom_name);
    }
    schema.push_back(std::move(custom));
  }
  SALLYPORT_TRY(CheckSize(schema));
  return schema;
}

base::Status AddCustom(const json::array& requested, json::array& schema) {
  for (const json::value& item : requested) {
    const json::object& wanted = item.as_object();
    if (StringMember(wanted, "Name").empty()) return domain::error::kAttributeNameMissing();
    SALLYPORT_ASSIGN(json::object custom, Custom(wanted));
    const std::string name(StringMember(custom, "Name"));
    if (FindAttribute(schema, name)) {
      return domain::error::kAttributeTaken(name, name);
    }
    schema.push_back(std::move(custom));
  }
  return CheckSize(schema);
}

}  // namespace sallyport::operations
