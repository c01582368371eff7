// Any bytes as a command line, one word per line. Each part is a word of the line, or a known flag
// with a value of its kind; an error is one line; and the line comes to its end.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "codec/command_line.h"

namespace {

using namespace sallyport::codec;

const std::vector<KnownFlag>& Known() {
  static const std::vector<KnownFlag> known = {{"help", FlagValue::kNone},
                                               {"json", FlagValue::kNone},
                                               {"proxy-protocol", FlagValue::kOptional},
                                               {"data", FlagValue::kNeeded},
                                               {"listen", FlagValue::kNeeded}};
  return known;
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void Check(const GivenPart& part, const std::vector<std::string>& words) {
  if (const auto* word = std::get_if<GivenWord>(&part)) {
    if (std::find(words.begin(), words.end(), word->text) == words.end()) std::abort();
    return;
  }
  const auto& flag = std::get<GivenFlag>(part);
  const auto row = std::find_if(Known().begin(), Known().end(),
                                [&flag](const KnownFlag& one) { return one.name == flag.name; });
  if (row == Known().end()) std::abort();
  if (row->value == FlagValue::kNone && flag.value != "true") std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> words = Lines({reinterpret_cast<const char*>(data), size});
  CommandLine line(words);
  for (size_t parts = 0; !line.AtEnd(); ++parts) {
    if (parts > words.size()) std::abort();
    const auto part = line.Next(Known());
    if (!part) {
      if (part.error().message.find('\n') != std::string::npos) std::abort();
      break;
    }
    Check(*part, words);
  }
  line.TakeRest();
  if (!line.AtEnd()) std::abort();
  return 0;
}
