#include "cli/commands/handler_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace sallyport::cli {
namespace {

constexpr std::array kExtensions = {".js", ".mjs", ".cjs", ".py"};

base::Error NotFound(std::string message) {
  return {"HandlerNotFound", std::move(message), {}};
}

}  // namespace

base::Result<HandlerFile> FindHandler(std::string_view text) {
  const size_t slash = text.rfind('/');
  const size_t name_at = slash == std::string_view::npos ? 0 : slash + 1;
  const size_t dot = text.find('.', name_at);
  if (dot == std::string_view::npos || dot == name_at || dot + 1 == text.size()) {
    return NotFound(fmt::format(
        "{}: name the file without its ending and the function, as in ./index.handler", text));
  }
  HandlerFile handler{.path = {},
                      .module = std::string(text.substr(name_at, dot - name_at)),
                      .function = std::string(text.substr(dot + 1))};
  const std::string stem(text.substr(0, dot));
  std::string looked_for;
  for (const std::string_view extension : kExtensions) {
    const std::string path = stem + std::string(extension);
    looked_for += (looked_for.empty() ? "" : ", ") + path;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) continue;
    if (extension == "." + handler.function) {
      return NotFound(
          fmt::format("{} is the file: also name a function in it, as in {}.handler", path, stem));
    }
    if (::access(path.c_str(), R_OK) != 0) return NotFound(path + " cannot be read");
    handler.path = std::filesystem::absolute(path, error).lexically_normal();
    handler.python = extension == ".py";
    return handler;
  }
  return NotFound(fmt::format("{}: there is no such file; looked for {}", text, looked_for));
}

}  // namespace sallyport::cli
