#include "cli/terminal/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "base/clock.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

constexpr size_t kGreatestAnswer = 4096;
constexpr int64_t kBarMillis = 100;
constexpr int64_t kLineMillis = 5000;
constexpr size_t kBarColumns = 30;

// The terminal's settings from before a secret is asked for, for signals that end the process
// meanwhile.
volatile std::sig_atomic_t silent_fd = -1;
termios before_silence{};

// Restores them. Otherwise Ctrl-C during a password prompt would leave the shell without an echo.
void OnSignal(int number) {
  if (silent_fd >= 0) ::tcsetattr(silent_fd, TCSAFLUSH, &before_silence);
  std::signal(number, SIG_DFL);
  std::raise(number);
}

constexpr std::array kEndingSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// /dev/tty, so that questions work even if standard input is a file.
class TerminalFile {
 public:
  TerminalFile() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {}
  ~TerminalFile() {
    if (silent_fd >= 0) Restore();
    if (fd_ >= 0) ::close(fd_);
  }
  TerminalFile(const TerminalFile&) = delete;
  TerminalFile& operator=(const TerminalFile&) = delete;

  bool ok() const { return fd_ >= 0; }
  bool Silence() {
    if (::tcgetattr(fd_, &before_silence) != 0) return false;
    termios silent = before_silence;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent_fd = fd_;
    for (size_t i = 0; i < kEndingSignals.size(); ++i) {
      handlers_[i] = std::signal(kEndingSignals[i], OnSignal);
    }
    return ::tcsetattr(fd_, TCSAFLUSH, &silent) == 0;
  }
  void Write(std::string_view text) const {
    if (::write(fd_, text.data(), text.size()) < 0) return;  // only the question is lost
  }
  // Without the line end. False: there is no line.
  bool ReadLine(std::string& line) const {
    char c = 0;
    while (line.size() < kGreatestAnswer) {
      if (::read(fd_, &c, 1) != 1) return false;
      if (c == '\n') return true;
      line += c;
    }
    return false;
  }

 private:
  void Restore() {
    ::tcsetattr(fd_, TCSAFLUSH, &before_silence);
    silent_fd = -1;
    for (size_t i = 0; i < kEndingSignals.size(); ++i) std::signal(kEndingSignals[i], handlers_[i]);
  }

  const int fd_;
  std::array<void (*)(int), kEndingSignals.size()> handlers_{};
};

base::Error NoAnswer(std::string_view message) {
  return {"NoAnswer", std::string(message), {}};
}

}  // namespace

size_t OutputWidth() {
  winsize size{};
  if (!::isatty(STDOUT_FILENO)) return 0;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool InputIsTerminal() {
  return ::isatty(STDIN_FILENO) == 1;
}

bool ErrorIsTerminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

base::Status Print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return base::Error{"FileError", "cannot write to standard output", {}};
  }
  return {};
}

void Say(std::string_view text) {
  fmt::print(stderr, "{}\n", text);
}

base::Result<std::string> Ask(std::string_view question, std::string_view instead) {
  const TerminalFile terminal;
  if (!terminal.ok()) return NoAnswer(instead);
  terminal.Write(question);
  std::string line;
  if (!terminal.ReadLine(line)) return NoAnswer("no answer");
  return line;
}

base::Result<base::Secret> AskSecret(std::string_view question, std::string_view instead) {
  TerminalFile terminal;
  if (!terminal.ok() || !terminal.Silence()) return NoAnswer(instead);
  terminal.Write(question);
  std::string line;
  line.reserve(kGreatestAnswer);  // it never grows, so no copies of the secret are left in memory
  const bool answered = terminal.ReadLine(line);
  terminal.Write("\n");
  base::Secret secret(std::move(line));
  if (!answered) return NoAnswer("no answer");
  return secret;
}

base::Result<base::Secret> ReadSecretLine() {
  std::string line;
  if (!std::getline(std::cin, line)) return NoAnswer("standard input is empty");
  if (line.ends_with('\r')) line.pop_back();
  return base::Secret(std::move(line));
}

void Progress::Show(uint64_t done, uint64_t total) {
  const bool bar = ErrorIsTerminal();
  const int64_t now = base::SystemClock::Get().MonotonicNanos() / 1'000'000;
  if (done > total) total = 0;  // the total was only an estimate
  const bool last = total != 0 && done == total;
  if (!last && shown_millis_ != 0 && now - shown_millis_ < (bar ? kBarMillis : kLineMillis)) return;
  if (!bar && done == shown_done_) return;
  shown_millis_ = now;
  shown_done_ = done;
  std::string amount = fmt::format("{}", done);
  if (total != 0) amount += fmt::format(" of {}", total);
  if (!bar) {
    Say(fmt::format("{}: {}", what_, amount));
    return;
  }
  std::string picture;
  if (total != 0) {
    const size_t full = std::min<uint64_t>(kBarColumns, done * kBarColumns / total);
    picture = fmt::format(" [{}{}]", std::string(full, '#'), std::string(kBarColumns - full, '.'));
  }
  fmt::print(stderr, "\r\x1b[K{}{} {}", what_, picture, amount);
  visible_ = true;
}

void Progress::Clear() {
  if (visible_) fmt::print(stderr, "\r\x1b[K");
  visible_ = false;
}

}  // namespace sallyport::cli
