// `.env` files: NAME=value, one a line.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::codec {

using Variables = std::map<std::string, std::string, std::less<>>;

// Reads it as the dotenv libraries do. `export ` before a name is allowed; empty lines and those
// that begin with `#` are skipped. A value without quotes ends at ` #` and is trimmed. In single
// quotes or backticks it is taken as it is; in double quotes \n, \r, \t, \", \\ and \$ are escapes.
// A quoted value may span lines. Variables are not expanded. If a name occurs twice, the last value
// counts. An error's message is "NAME:LINE: what is wrong".
base::Result<Variables> ParseDotEnv(std::string_view text, std::string_view file_name);

}  // namespace sallyport::codec
