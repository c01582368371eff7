// `.env` files: NAME=value, one a line.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::codec {

using Variables = std::map<std::string, std::string, std::less<>>;

// As the dotenv libraries read it: `export ` before the name is allowed, lines that begin with `#`
// and empty ones are skipped. A value
// without quotes ends at ` #` and is trimmed. In single quotes (or backticks) it stands as it is;
// in double quotes \n, \r, \t, \", \\ and \$ are escapes. A quoted value may go on over lines.
// Nothing is expanded. The last of two lines with one name counts. The error's message is
// "NAME:LINE: what is wrong".
base::Result<Variables> ParseDotEnv(std::string_view text, std::string_view file_name);

}  // namespace sallyport::codec
