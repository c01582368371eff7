#include "main/commands.h"

#include <fmt/format.h>

#include <cstdio>

namespace sallyport::main {

int Fail(std::string_view message) {
  fmt::print(stderr, "sallyport: {}\n", message);
  return 1;
}

}  // namespace sallyport::main
