// The terminal of the process: what a command prints, reports and asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::cli {

// The number of columns of the terminal at standard output; 0 where standard output is not a
// terminal, and then nothing is truncated.
size_t OutputWidth();
bool InputIsTerminal();
bool ErrorIsTerminal();

// Prints exactly this text to standard output. An error where that fails because the disk is full;
// a closed pipe ends the process, as usual.
base::Status Print(std::string_view text);

// Prints a line for people to standard error.
void Say(std::string_view text);

// Asks on the terminal; the answer to a secret question is not shown. Where there is no terminal,
// an error in which `instead` says what to do.
base::Result<std::string> Ask(std::string_view question, std::string_view instead);
base::Result<base::Secret> AskSecret(std::string_view question, std::string_view instead);

// The first line of standard input.
base::Result<base::Secret> ReadSecretLine();

// Shows progress: a bar on a terminal, an occasional line elsewhere. Nothing is shown where there
// was no progress.
class Progress {
 public:
  explicit Progress(std::string what) : what_(std::move(what)) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `total` is 0 where it is not known.
  void Show(uint64_t done, uint64_t total);
  // Removes the bar to make room for other text.
  void Clear();

 private:
  const std::string what_;
  int64_t shown_millis_ = 0;
  uint64_t shown_done_ = 0;
  bool visible_ = false;
};

}  // namespace sallyport::cli
