// Guesses which known word somebody meant who wrote an unknown one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::base {

// The word in `known` that is the fewest edits away from `written`; empty where all of them are too
// different.
std::string Nearest(std::string_view written, const std::vector<std::string>& known);

}  // namespace sallyport::base
