#include "domain/users/user_filter.h"

#include <algorithm>
#include <array>

#include "domain/errors.h"

namespace sallyport::domain {
namespace {

constexpr std::array<std::string_view, 10> kSearched{
    "username",   "email",       "phone_number",       "name",
    "given_name", "family_name", "preferred_username", "cognito:user_status",
    "status",     "sub"};

void SkipSpaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

// Reads a quoted string at the beginning of `text`, and removes it.
base::Result<std::string> TakeQuoted(std::string_view& text) {
  std::string value;
  size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  if (i >= text.size()) return error::kFilterUnreadable();
  text.remove_prefix(i + 1);
  return value;
}

base::Result<std::string> TakeAttribute(std::string_view& text) {
  if (text.starts_with('"')) return TakeQuoted(text);
  const size_t end = std::min(text.find_first_of(" =^"), text.size());
  std::string attribute(text.substr(0, end));
  text.remove_prefix(end);
  if (attribute.empty()) return error::kFilterUnreadable();
  return attribute;
}

std::string_view ValueOf(const User& user, std::string_view attribute) {
  if (attribute == "username") return user.username;
  if (attribute == "sub") return user.sub;
  if (attribute == "cognito:user_status") return user.status;
  if (attribute == "status") return user.enabled ? "Enabled" : "Disabled";
  return user.Attribute(attribute);
}

}  // namespace

base::Result<UserFilter> UserFilter::Parse(std::string_view text) {
  UserFilter filter;
  SkipSpaces(text);
  SALLYPORT_ASSIGN(filter.attribute_, TakeAttribute(text));
  SkipSpaces(text);
  filter.prefix_ = text.starts_with('^');
  if (filter.prefix_) text.remove_prefix(1);
  if (!text.starts_with('=')) return error::kFilterUnreadable();
  text.remove_prefix(1);
  SkipSpaces(text);
  if (!text.starts_with('"')) return error::kFilterUnreadable();
  SALLYPORT_ASSIGN(filter.value_, TakeQuoted(text));
  SkipSpaces(text);
  if (!text.empty()) return error::kFilterUnreadable();
  if (std::find(kSearched.begin(), kSearched.end(), filter.attribute_) == kSearched.end()) {
    return error::kNotSearchable(filter.attribute_);
  }
  return filter;
}

std::string UserFilter::Index() const {
  return UserIndex(attribute_);
}

std::string UserFilter::Prefix(std::string_view pool_id) const {
  std::string prefix = UserIndexPrefix(pool_id, value_);
  // The value ends here, so that longer values are no candidates.
  if (!prefix_) prefix += '/';
  return prefix;
}

bool UserFilter::Matches(const Pool& pool, const User& user) const {
  if (Username()) return true;
  const auto compared = [&](std::string_view text) {
    if (attribute_ == "username") return Normalised(pool, text);
    return attribute_ == "status" ? std::string(text) : CaseFolded(text);
  };
  const std::string given = compared(value_);
  const std::string held = compared(ValueOf(user, attribute_));
  return prefix_ ? held.starts_with(given) : held == given;
}

std::optional<std::string_view> UserFilter::Username() const {
  if (attribute_ != "username" || prefix_) return std::nullopt;
  return value_;
}

base::Result<std::vector<store::ListItem>> UserCandidates(
    store::Reader& reader, const Pool& pool, const std::optional<UserFilter>& filter,
    const std::optional<store::ListPosition>& after, size_t limit) {
  if (!filter) {
    return reader.List(std::string(kUsersByCreation), pool.id + "/", after, limit);
  }
  const std::optional<std::string_view> username = filter->Username();
  if (!username) {
    return reader.List(filter->Index(), filter->Prefix(pool.id), after, limit);
  }
  std::vector<store::ListItem> found;
  SALLYPORT_ASSIGN(std::optional<std::string> sub, FindSub(reader, pool, *username));
  if (sub && !after) found.push_back({.sort = {}, .key = *sub, .value = *sub});
  return found;
}

}  // namespace sallyport::domain
