// Any bytes as the files that configure the command line: they are read, or refused with a line
// number, and an error never shows a value.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/dotenv.h"
#include "codec/profiles.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sallyport;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static constexpr std::string_view kName = "file";
  const auto check = [](const base::Error& error) {
    if (!error.message.starts_with(kName) || error.message.size() > 80) std::abort();
  };
  if (const auto variables = codec::ParseDotEnv(text, kName); !variables) check(variables.error());
  for (const auto kind : {codec::ProfileFileKind::kConfig, codec::ProfileFileKind::kCredentials}) {
    const auto file = codec::ParseProfileFile(text, kName, kind);
    if (!file) {
      check(file.error());
      continue;
    }
    for (const auto& [header, section] : *file) {
      if (header.empty()) std::abort();
    }
  }
  return 0;
}
