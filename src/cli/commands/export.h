// `sallyport user export`: a pool's users as a file that `user import` reads.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> ExportUsers(Invocation& invocation);

// A user of ListUsers as a CSV row of these columns, with its line end.
std::string ExportRow(const std::vector<std::string>& columns, const boost::json::object& user);

}  // namespace sallyport::cli
