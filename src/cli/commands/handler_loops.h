// Runtimes for a handler in a file: loops at the Lambda Runtime API, in Node and in Python, of
// which nothing need be installed but the interpreter.
//
// Arguments: the file, its module's name, the function. Environment: as a Lambda function's.
// Descriptor 3, a file: its first 36 bytes are the id of the event in hand, or spaces.
#pragma once

namespace sallyport::cli {

extern const char* const kNodeLoop;
extern const char* const kPythonLoop;

}  // namespace sallyport::cli
