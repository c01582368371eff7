// The files of templates/ and words/, which the build puts into the program.
#pragma once

#include <span>
#include <string_view>

namespace sallyport::login {

struct File {
  std::string_view name;  // "templates/sign_in.html"
  std::string_view text;
};

std::span<const File> Files();
// Precondition: there is one of that name.
std::string_view FileText(std::string_view name);

}  // namespace sallyport::login
