#include "operations/view/view.h"

#include <algorithm>

#include "domain/records/json.h"

namespace sallyport::operations::api {

namespace json = boost::json;

std::optional<size_t> PlaceOf(std::string_view text, std::span<const std::string_view> words) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) return std::nullopt;
  return static_cast<size_t>(found - words.begin());
}

std::string_view View::Text(std::string_view name) const {
  return domain::StringMember(*object_, name);
}

std::string_view View::RequiredText(std::string_view name) const {
  return object_->at(name).as_string();
}

int64_t View::Integer(std::string_view name, int64_t otherwise) const {
  return domain::IntMember(*object_, name, otherwise);
}

int64_t View::RequiredInteger(std::string_view name) const {
  return object_->at(name).to_number<int64_t>();
}

bool View::Flag(std::string_view name, bool otherwise) const {
  return domain::BoolMember(*object_, name, otherwise);
}

bool View::RequiredFlag(std::string_view name) const {
  return object_->at(name).as_bool();
}

std::optional<double> View::Seconds(std::string_view name) const {
  if (!Has(name)) return std::nullopt;
  return RequiredSeconds(name);
}

double View::RequiredSeconds(std::string_view name) const {
  return object_->at(name).to_number<double>();
}

const json::value* View::Document(std::string_view name) const {
  return object_->if_contains(name);
}

const json::object* View::Map(std::string_view name) const {
  return domain::ObjectMember(*object_, name);
}

const json::object& View::RequiredMap(std::string_view name) const {
  return object_->at(name).as_object();
}

const json::object& View::MapOrEmpty(std::string_view name) const {
  static const json::object empty;
  const json::object* map = Map(name);
  return map != nullptr ? *map : empty;
}

const json::array* View::Array(std::string_view name) const {
  return domain::ArrayMember(*object_, name);
}

}  // namespace sallyport::operations::api
