// What somebody who wrote an unknown word may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::base {

// The word of `known` that is the fewest edits away from `written`; empty where all are too far.
std::string Nearest(std::string_view written, const std::vector<std::string>& known);

}  // namespace sallyport::base
