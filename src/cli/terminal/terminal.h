// The process's terminal: what a command prints, says and asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::cli {

// Columns of the terminal at standard output; 0 where standard output is not a terminal: then
// nothing is cut.
size_t OutputWidth();
bool InputIsTerminal();
bool ErrorIsTerminal();

// Standard output, exactly this text. An error where it cannot be written (a full disk; a closed
// pipe ends the process as usual).
base::Status Print(std::string_view text);

// Standard error: one line for people.
void Say(std::string_view text);

// Asks on the terminal; the answer to a secret is not shown. An error where there is no terminal,
// with `instead` saying what to do.
base::Result<std::string> Ask(std::string_view question, std::string_view instead);
base::Result<base::Secret> AskSecret(std::string_view question, std::string_view instead);

// The first line of standard input.
base::Result<base::Secret> ReadSecretLine();

// A bar on a terminal; elsewhere a line now and then. Nothing is shown where nothing moved.
class Progress {
 public:
  explicit Progress(std::string what) : what_(std::move(what)) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `total` 0: not known.
  void Show(uint64_t done, uint64_t total);
  // Takes the bar away, for other text.
  void Clear();

 private:
  const std::string what_;
  int64_t shown_millis_ = 0;
  uint64_t shown_done_ = 0;
  bool visible_ = false;
};

}  // namespace sallyport::cli
