// Finds the file and the exported function for a handler's name such as "./index.handler".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::cli {

struct HandlerFile {
  std::string path;      // absolute
  std::string module;    // "index"
  std::string function;  // "handler", or "api.handler"
  bool python = false;   // false: Node
};

// Reads a handler's name as Lambda does: in the last part of the path, the module is what precedes
// the first full stop; it is a file MODULE.js, .mjs, .cjs or .py. The error HandlerNotFound says
// what is wrong with the name, or which files were looked for.
base::Result<HandlerFile> FindHandler(std::string_view text);

}  // namespace sallyport::cli
