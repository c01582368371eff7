// RecordAnswer: what a call was answered, for tests/wire/check, which compares it with what an
// earlier version answered.
#pragma once

#include <string_view>

namespace sallyport::operations {

// Adds a line of JSON to a file of this process in the directory that $SALLYPORT_WIRE_RECORD names:
// the test that runs, what was called and with what, and the answer's status and body. Does nothing
// if the variable is not set. Thread-safe.
void RecordAnswer(std::string_view called, std::string_view input, int status,
                  std::string_view body);

}  // namespace sallyport::operations
