#include "operations/pools/schema.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "domain/errors.h"
#include "domain/records/record.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::Member;
using domain::RecordOf;
using domain::Sparse;

namespace {

constexpr size_t kMostCustomAttributes = 50;

// The standard claims of OpenID Connect Core, section 5.1, in AWS's order and with AWS's
// constraints.
struct StandardAttribute {
  std::string_view name;
  std::string_view type;
  std::string_view min;  // of the length, or of a number's value; empty: no constraint
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

// An attribute as a call gives it.
struct GivenAttribute {
  std::string name;
  std::string type;
  bool developer_only = false;
  std::optional<bool> is_mutable, required;
  std::optional<json::object> text_constraints, number_constraints;
};
constexpr auto kGivenAttribute = RecordOf<GivenAttribute>(
    Member("Name", &GivenAttribute::name), Member("AttributeDataType", &GivenAttribute::type),
    Member("DeveloperOnlyAttribute", &GivenAttribute::developer_only),
    Member("Mutable", &GivenAttribute::is_mutable), Member("Required", &GivenAttribute::required),
    Member("StringAttributeConstraints", &GivenAttribute::text_constraints),
    Member("NumberAttributeConstraints", &GivenAttribute::number_constraints));

// An attribute as a description shows it.
struct DescribedAttribute {
  std::string name;
  std::string type;
  bool developer_only = false;
  bool is_mutable = true;
  bool required = false;
  std::optional<json::object> text_constraints, number_constraints;
};
constexpr auto kDescribedAttribute = RecordOf<DescribedAttribute>(
    Member("Name", &DescribedAttribute::name),
    Member("AttributeDataType", &DescribedAttribute::type),
    Member("DeveloperOnlyAttribute", &DescribedAttribute::developer_only),
    Member("Mutable", &DescribedAttribute::is_mutable),
    Member("Required", &DescribedAttribute::required),
    Sparse("StringAttributeConstraints", &DescribedAttribute::text_constraints),
    Sparse("NumberAttributeConstraints", &DescribedAttribute::number_constraints));

struct DescribedSchema {
  json::array schema;
};
constexpr auto kDescribedSchema =
    RecordOf<DescribedSchema>(Member(domain::kSchemaMember, &DescribedSchema::schema));

// AWS represents the bounds by strings.
struct Range {
  std::optional<std::string> least, greatest;
};
constexpr auto kTextRange =
    RecordOf<Range>(Sparse("MinLength", &Range::least), Sparse("MaxLength", &Range::greatest));
constexpr auto kNumberRange =
    RecordOf<Range>(Sparse("MinValue", &Range::least), Sparse("MaxValue", &Range::greatest));

std::optional<std::string> Bound(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(std::string(text));
}

DescribedAttribute Standard(const StandardAttribute& standard) {
  const bool is_sub = standard.name == "sub";
  DescribedAttribute attribute{.name = std::string(standard.name),
                               .type = std::string(standard.type),
                               .is_mutable = !is_sub,
                               .required = is_sub,
                               .text_constraints = {},
                               .number_constraints = {}};
  const Range range{Bound(standard.min), Bound(standard.max)};
  if (standard.type == "String") attribute.text_constraints = kTextRange.Write(range);
  if (standard.type == "Number") attribute.number_constraints = kNumberRange.Write(range);
  return attribute;
}

// What the bounds of a type of attribute limit, and the limits for the bounds themselves.
struct Bounds {
  std::string_view what;
  std::string_view member;
  int64_t least, greatest;
};
constexpr Bounds kTextBounds{"length", "StringAttributeConstraints", 0, 2048};
constexpr Bounds kNumberBounds{"value", "NumberAttributeConstraints",
                               std::numeric_limits<int64_t>::min(),
                               std::numeric_limits<int64_t>::max()};

// nullopt: it is not given.
base::Result<std::optional<int64_t>> ReadBound(const std::optional<std::string>& text,
                                               const Bounds& bounds, std::string_view name) {
  if (!text) return std::optional<int64_t>();
  int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  const bool is_number = read.ptr == end && read.ec != std::errc::invalid_argument;
  // A number that does not fit into an int64_t is also too great for a length.
  const bool overflows = read.ec == std::errc::result_out_of_range && !text->starts_with('-');
  const bool too_great = overflows || (read.ec == std::errc() && number > bounds.greatest);
  if (is_number && too_great && bounds.greatest < std::numeric_limits<int64_t>::max()) {
    return domain::error::kLengthAboveGreatest(name, bounds.greatest);
  }
  if (!is_number || read.ec != std::errc() || number < bounds.least) {
    return domain::error::kInvalidConstraints(bounds.member, name);
  }
  return std::optional(number);
}

base::Status CheckRange(const Range& range, const Bounds& bounds, std::string_view name) {
  SALLYPORT_ASSIGN(const std::optional<int64_t> least, ReadBound(range.least, bounds, name));
  SALLYPORT_ASSIGN(const std::optional<int64_t> greatest, ReadBound(range.greatest, bounds, name));
  if (!least || !greatest || *least <= *greatest) return {};
  return domain::error::kMaxSmallerThanMin(name, bounds.what, bounds.what);
}

// Constraints for another type than the attribute's are checked, too, although they have no effect.
base::Status CheckConstraints(const GivenAttribute& given, std::string_view name) {
  if (given.text_constraints) {
    SALLYPORT_TRY(CheckRange(kTextRange.Read(*given.text_constraints), kTextBounds, name));
  }
  if (given.number_constraints) {
    SALLYPORT_TRY(CheckRange(kNumberRange.Read(*given.number_constraints), kNumberBounds, name));
  }
  return {};
}

// Takes over the constraints for the attribute's type.
void TakeConstraints(const GivenAttribute& given, DescribedAttribute& attribute) {
  if (given.text_constraints && attribute.type == "String") {
    attribute.text_constraints = given.text_constraints;
  }
  if (given.number_constraints && attribute.type == "Number") {
    attribute.number_constraints = given.number_constraints;
  }
}

base::Status ChangeStandard(const GivenAttribute& given, DescribedAttribute& attribute) {
  if ((!given.type.empty() && given.type != attribute.type) || given.developer_only) {
    return domain::error::kStandardAttributeFixed(attribute.name);
  }
  SALLYPORT_TRY(CheckConstraints(given, attribute.name));
  // sub stays required and immutable, whatever the call asks for.
  if (attribute.name == "sub") return {};
  attribute.is_mutable = given.is_mutable.value_or(attribute.is_mutable);
  attribute.required = given.required.value_or(attribute.required);
  TakeConstraints(given, attribute);
  return {};
}

base::Result<DescribedAttribute> Custom(const GivenAttribute& given) {
  if (given.required.value_or(false)) {
    return domain::error::kRequiredCustomAttribute();
  }
  if (given.type.empty()) return domain::error::kAttributeTypeMissing();
  DescribedAttribute attribute{
      .name = (given.developer_only ? "dev:custom:" : "custom:") + given.name,
      .type = given.type,
      .developer_only = given.developer_only,
      .is_mutable = given.is_mutable.value_or(true),
      .text_constraints = {},
      .number_constraints = {}};
  if (attribute.type == "String") attribute.text_constraints = json::object();
  if (attribute.type == "Number") attribute.number_constraints = json::object();
  SALLYPORT_TRY(CheckConstraints(given, attribute.name));
  TakeConstraints(given, attribute);
  return attribute;
}

DescribedAttribute* FindAttribute(std::vector<DescribedAttribute>& schema, std::string_view name) {
  const auto found = std::find_if(schema.begin(), schema.end(),
                                  [name](const auto& attribute) { return attribute.name == name; });
  return found != schema.end() ? &*found : nullptr;
}

base::Status CheckSize(const std::vector<DescribedAttribute>& schema) {
  if (schema.size() > kStandard.size() + kMostCustomAttributes) {
    return domain::error::kTooManyCustomAttributes(kMostCustomAttributes);
  }
  return {};
}

base::Result<GivenAttribute> ReadGiven(const api::SchemaAttributeType& item) {
  GivenAttribute given = kGivenAttribute.Read(item.json());
  if (given.name.empty()) return domain::error::kAttributeNameMissing();
  return given;
}

json::array Described(const std::vector<DescribedAttribute>& schema) {
  json::array array;
  array.reserve(schema.size());
  for (const DescribedAttribute& attribute : schema) {
    array.push_back(kDescribedAttribute.Write(attribute));
  }
  return array;
}

}  // namespace

base::Result<json::array> MakeSchema(const SchemaAttributes& requested) {
  std::vector<DescribedAttribute> schema;
  schema.reserve(kStandard.size());
  for (const StandardAttribute& standard : kStandard) schema.push_back(Standard(standard));
  for (const api::SchemaAttributeType item : requested) {
    SALLYPORT_ASSIGN(const GivenAttribute given, ReadGiven(item));
    DescribedAttribute* const standard = FindAttribute(schema, given.name);
    if (standard != nullptr && given.name.find(':') == std::string::npos) {
      SALLYPORT_TRY(ChangeStandard(given, *standard));
      continue;
    }
    SALLYPORT_ASSIGN(DescribedAttribute custom, Custom(given));
    if (FindAttribute(schema, custom.name) != nullptr) {
      return domain::error::kAttributeNamedTwice(custom.name);
    }
    schema.push_back(std::move(custom));
  }
  SALLYPORT_TRY(CheckSize(schema));
  return Described(schema);
}

base::Status AddCustom(const SchemaAttributes& requested, domain::Pool& pool) {
  DescribedSchema described = kDescribedSchema.Read(pool.description);
  std::vector<DescribedAttribute> attributes;
  for (const json::value& item : described.schema) {
    attributes.push_back(kDescribedAttribute.Read(item.as_object()));
  }
  for (const api::SchemaAttributeType item : requested) {
    SALLYPORT_ASSIGN(const GivenAttribute given, ReadGiven(item));
    SALLYPORT_ASSIGN(DescribedAttribute custom, Custom(given));
    if (FindAttribute(attributes, custom.name) != nullptr) {
      return domain::error::kAttributeTaken(custom.name, custom.name);
    }
    described.schema.push_back(kDescribedAttribute.Write(custom));
    attributes.push_back(std::move(custom));
  }
  SALLYPORT_TRY(CheckSize(attributes));
  kDescribedSchema.Replace(described, pool.description);
  domain::ReadDescription(pool);
  return {};
}

}  // namespace sallyport::operations
