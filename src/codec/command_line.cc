#include "codec/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error_codes.h"
#include "base/nearest.h"

namespace sallyport::codec {
namespace {

constexpr std::string_view kDashes = "--";
constexpr const char* kSwitchedOn = "true";

base::Error LineProblem(std::string message) {
  return {base::code::kInvalidSetting, std::move(message), {}};
}

base::Error UnknownFlag(std::string_view name, const std::vector<KnownFlag>& known,
                        std::string_view of) {
  std::vector<std::string> names;
  std::transform(known.begin(), known.end(), std::back_inserter(names),
                 [](const KnownFlag& flag) { return flag.name; });
  const std::string nearest = base::Nearest(name, names);
  return LineProblem(
      fmt::format("unknown flag --{}{}{}", name, of,
                  nearest.empty() ? "" : fmt::format(" (did you mean --{}?)", nearest)));
}

}  // namespace

bool CommandLine::AtEnd() {
  if (!only_words_ && at_ < words_.size() && words_[at_] == kDashes) {
    only_words_ = true;
    ++at_;
  }
  return at_ == words_.size();
}

base::Result<GivenPart> CommandLine::Next(const std::vector<KnownFlag>& known,
                                          std::string_view of) {
  if (AtEnd()) return LineProblem("the command line is at its end");
  const std::string& word = words_[at_++];
  if (only_words_) return GivenPart(GivenWord{word});
  if (word == "-h") return TakeFlag("help", known, of);
  if (!word.starts_with(kDashes)) return GivenPart(GivenWord{word});
  return TakeFlag(std::string_view(word).substr(kDashes.size()), known, of);
}

std::vector<std::string> CommandLine::TakeRest() {
  const auto from = words_.begin() + static_cast<ptrdiff_t>(std::exchange(at_, words_.size()));
  return {from, words_.end()};
}

base::Result<GivenPart> CommandLine::TakeFlag(std::string_view written,
                                              const std::vector<KnownFlag>& known,
                                              std::string_view of) {
  const size_t equal = written.find('=');
  const std::string_view name = written.substr(0, equal);
  const auto flag = std::find_if(known.begin(), known.end(),
                                 [name](const KnownFlag& row) { return row.name == name; });
  if (flag == known.end()) return UnknownFlag(name, known, of);
  GivenFlag given{flag->name, kSwitchedOn};
  if (equal != std::string_view::npos) {
    if (flag->value == FlagValue::kNone) {
      return LineProblem(fmt::format("--{} takes no value", name));
    }
    given.value = written.substr(equal + 1);
  } else if (flag->value == FlagValue::kNeeded) {
    if (at_ == words_.size()) return LineProblem(fmt::format("--{} needs a value", name));
    given.value = words_[at_++];
  }
  return GivenPart(std::move(given));
}

}  // namespace sallyport::codec
