// Commands that run one Operation: makes the input from the command line, and shows the answer to
// people or scripts.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

// Gives the exit code.
base::Result<int> RunOperation(Invocation& invocation);

// The input from the command's row, flags and arguments, including pool, client and token.
base::Result<boost::json::object> MakeInput(Invocation& invocation);

// The text for `value` in a table. Members that are dates are shown as dates.
std::string CellText(std::string_view member, const boost::json::value& value);

// The answer for people, according to the row's View. See FormatTable for `width`.
std::string FormatAnswer(const View& view, const boost::json::object& answer, size_t width);

}  // namespace sallyport::cli
