#include "login/files.h"

#include <stdexcept>
#include <string>

namespace sallyport::login {

std::string_view FileText(std::string_view name) {
  for (const File& file : Files()) {
    if (file.name == name) return file.text;
  }
  throw std::logic_error("no such file: " + std::string(name));
}

}  // namespace sallyport::login
