#include "base/sentence.h"

namespace sallyport::base {

std::string Fill(std::string_view text, std::span<const std::string_view> words) {
  std::string filled;
  for (const std::string_view word : words) {
    const size_t place = text.find("{}");
    filled.append(text.substr(0, place)).append(word);
    text.remove_prefix(place + 2);
  }
  return filled.append(text);
}

}  // namespace sallyport::base
