// Secret: a text that is wiped when it is destroyed and cannot be printed by accident.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sallyport::base {

// True where both are equal. The time depends only on the lengths.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

// Overwrites the text in a way that the compiler may not remove, then clears it.
void Wipe(std::string& text);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      Wipe(text_);
      text_ = other.text_;
    }
    return *this;
  }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { Wipe(other.text_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Wipe(text_);
      text_ = std::move(other.text_);
      Wipe(other.text_);
    }
    return *this;
  }
  ~Secret() { Wipe(text_); }

  // The text itself. The name is meant to stand out in a review.
  std::string_view Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

}  // namespace sallyport::base
