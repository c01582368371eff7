// The file and the export that "./index.handler" names.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::cli {

struct HandlerFile {
  std::string path;      // absolute
  std::string module;    // "index"
  std::string function;  // "handler", or "api.handler"
  bool python = false;   // else Node
};

// As Lambda reads a handler's name: up to the first full stop of the last part of the path is the
// module, which is a file MODULE.js, .mjs, .cjs or .py. Error HandlerNotFound: says what is wrong
// with the text, or which files were looked for.
base::Result<HandlerFile> FindHandler(std::string_view text);

}  // namespace sallyport::cli
