#include "outgoing/url.h"

#include <algorithm>
#include <iterator>

namespace sallyport::outgoing {

bool IsPlainToThisHost(std::string_view url) {
  constexpr std::string_view kHere[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
  return std::any_of(std::begin(kHere), std::end(kHere), [url](std::string_view begin) {
    if (!url.starts_with(begin)) return false;
    const std::string_view rest = url.substr(begin.size());
    return rest.empty() || rest.front() == ':' || rest.front() == '/';
  });
}

const char* WhyNoUrl(std::string_view url) {
  if (!IsPlainToThisHost(url) && !url.starts_with("https://")) {
    return "must begin with \"https://\" (or \"http://\" for this host itself, by the name "
           "localhost, 127.0.0.1 or [::1])";
  }
  const bool is_plain = std::all_of(url.begin(), url.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '@' && c != '#' && c != '"' && c != '\\';
  });
  return is_plain ? nullptr : "has a user name, a fragment, or a character that a URL cannot have";
}

}  // namespace sallyport::outgoing
