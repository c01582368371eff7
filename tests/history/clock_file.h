// ClockFile: the clocks of one server, as tests/e2e/clock_shim.c has them from a file.
#pragma once

#include <cstdint>
#include <string>

#include "history.h"
#include "process.h"

namespace sallyport::history {

// Used by one thread.
class ClockFile {
 public:
  // Makes the file; no clock is moved. Ends the process where it cannot be made.
  explicit ClockFile(std::string path);
  ~ClockFile();
  ClockFile(const ClockFile&) = delete;
  ClockFile& operator=(const ClockFile&) = delete;

  // What a process needs, so that these are its clocks.
  void AddTo(Environment& environment) const;

  // The wall clock is off by so much.
  void SetWall(Nanos offset);
  // CLOCK_MONOTONIC and CLOCK_BOOTTIME run slower from now on, by so many millionths; 1,000,000:
  // they stand still. They go on from where they are.
  void Slow(int64_t millionths);

 private:
  const std::string path_;
  int64_t* numbers_ = nullptr;
};

}  // namespace sallyport::history
