// Sentence: the code and the public text of an error as a constant.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace sallyport::base {

// `text` with its n-th "{}" replaced by the n-th of `words`. Precondition: there is a word for
// each.
std::string Fill(std::string_view text, std::span<const std::string_view> words);

// An error whose text has `kPlaces` places, each written as "{}". It does not compile if the text
// has another number of places, or if it is used with another number of arguments. An argument is a
// text or an integer.
//
// clang-format off
//   inline constexpr Sentence<1> kNoSuchPool{code::kResourceNotFound, "User pool {} does not exist."};
//   return kNoSuchPool(id);
//   return kNoSuchPool.Because("it was deleted meanwhile", id);
// clang-format on
template <size_t kPlaces>
class Sentence {
 public:
  // `code` and `text` must exist as long as the program runs.
  consteval Sentence(const char* code, std::string_view text) : code_(code), text_(text) {
    size_t places = 0;
    for (size_t at = text.find("{}"); at != std::string_view::npos; at = text.find("{}", at + 2)) {
      ++places;
    }
    if (places != kPlaces)
      throw "the number of arguments differs from the number of {} in the text";
  }

  // Makes the error, without a cause for the log.
  template <typename... Arguments>
  requires(sizeof...(Arguments) == kPlaces) Error operator()(const Arguments&... arguments) const {
    return Because({}, arguments...);
  }

  // The same with a cause, which is logged and never leaves the process.
  template <typename... Arguments>
  requires(sizeof...(Arguments) == kPlaces) Error
      Because(std::string cause, const Arguments&... arguments)
  const { return {code_, Text(arguments...), std::move(cause)}; }

  // Only the text, to be part of a longer one.
  template <typename... Arguments>
  requires(sizeof...(Arguments) == kPlaces) std::string Text(const Arguments&... arguments)
  const {
    if constexpr (kPlaces == 0) {
      return std::string(text_);
    } else {
      return [this](const auto&... words) {
        return Fill(text_, std::array<std::string_view, kPlaces>{words...});
      }(Word(arguments)...);
    }
  }

  // The same as a constant expression.
  constexpr std::string_view text() const requires(kPlaces == 0) { return text_; }

  // Whether an error was made from this sentence: it has the code and, where the text has no
  // places, the text.
  bool Is(const Error& error) const {
    return error.code == code_ && (kPlaces > 0 || error.message == text_);
  }

 private:
  static std::string_view Word(std::string_view text) { return text; }
  template <std::integral Integer>
  requires(!std::same_as<Integer, char>) static std::string Word(Integer number) {
    return std::to_string(number);
  }

  const char* code_;
  std::string_view text_;
};

}  // namespace sallyport::base
