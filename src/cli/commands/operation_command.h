// Commands that are one Operation: their input from the command line, and their answer for people
// or scripts.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

// Gives the exit code.
base::Result<int> RunOperation(Invocation& invocation);

// The input that the command's row, its flags and its arguments make, with pool, client and token.
base::Result<boost::json::object> MakeInput(Invocation& invocation);

// The text of `value` in a table: a date for members that are dates.
std::string CellText(std::string_view member, const boost::json::value& value);

// The answer for people, as the row's View has it. `width`: as of FormatTable.
std::string FormatAnswer(const View& view, const boost::json::object& answer, size_t width);

}  // namespace sallyport::cli
