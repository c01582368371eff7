#include "domain/tokens/device.h"

#include <algorithm>
#include <array>

namespace sallyport::domain {
namespace {

struct Mark {
  std::string_view text, name;
};

// The first match counts: browsers also name the browsers that they descend from.
constexpr std::array<Mark, 12> kBrowsers{{{"Edg", "Edge"},
                                          {"OPR/", "Opera"},
                                          {"Opera", "Opera"},
                                          {"SamsungBrowser/", "Samsung Internet"},
                                          {"FxiOS/", "Firefox"},
                                          {"Firefox/", "Firefox"},
                                          {"CriOS/", "Chrome"},
                                          {"HeadlessChrome/", "Chrome"},
                                          {"Chrome/", "Chrome"},
                                          {"Safari/", "Safari"},
                                          {"MSIE ", "Internet Explorer"},
                                          {"Trident/", "Internet Explorer"}}};

// The last two pairs are for SDKs ("os/linux", "Linux/6.1"), which use both spellings.
constexpr std::array<Mark, 12> kSystems{{{"iPhone", "iOS"},
                                         {"iPad", "iPadOS"},
                                         {"Android", "Android"},
                                         {"CrOS", "ChromeOS"},
                                         {"Windows", "Windows"},
                                         {"Mac OS X", "macOS"},
                                         {"Macintosh", "macOS"},
                                         {"Linux", "Linux"},
                                         {"os/windows", "Windows"},
                                         {"os/macos", "macOS"},
                                         {"Darwin", "macOS"},
                                         {"linux", "Linux"}}};

constexpr size_t kLongestProduct = 40;

template <size_t kCount>
std::string_view Find(const std::array<Mark, kCount>& marks, std::string_view text) {
  const auto found = std::find_if(marks.begin(), marks.end(), [&](const Mark& mark) {
    return text.find(mark.text) != std::string_view::npos;
  });
  return found == marks.end() ? std::string_view() : found->name;
}

// The name of the first product (RFC 9110, section 10.1.5), if it consists of the usual characters.
std::string_view Product(std::string_view user_agent) {
  const std::string_view name = user_agent.substr(0, user_agent.find_first_of("/ "));
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  return plain && name.size() <= kLongestProduct ? name : std::string_view();
}

}  // namespace

std::string DeviceType(std::string_view user_agent) {
  std::string_view program = Find(kBrowsers, user_agent);
  if (program.empty()) program = Product(user_agent);
  const std::string_view system = Find(kSystems, user_agent);
  if (program.empty() && system.empty()) return "unknown";
  std::string type(program);
  if (!program.empty() && !system.empty()) type += " on ";
  type += system;
  return type;
}

Device DeviceOf(const ContextData& context) {
  if (context.ip.empty()) return {};
  return {DeviceType(context.user_agent), std::string(context.ip)};
}

}  // namespace sallyport::domain
