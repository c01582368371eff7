// `sallyport user export`: writes a pool's users to a file that `user import` can read.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> ExportUsers(Invocation& invocation);

// A user from ListUsers as a CSV row with these columns, including the line end.
std::string ExportRow(const std::vector<std::string>& columns, const boost::json::object& user);

}  // namespace sallyport::cli
