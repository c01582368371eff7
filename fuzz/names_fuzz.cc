// Any bytes as a name. Text stays text, and the form by which names are compared is its own form:
// otherwise a stored name could later equal another user's.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "domain/pools/pool.h"
#include "domain/users/names.h"

namespace domain = sallyport::domain;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view name(reinterpret_cast<const char*>(data), size);
  const bool text = sallyport::base::IsUtf8(name);
  domain::Pool pool;
  for (const bool sensitive : {true, false}) {
    pool.settings.case_sensitive_names = sensitive;
    const std::string form = domain::Normalised(pool, name);
    if (domain::Normalised(pool, form) != form) std::abort();
    if (text && !sallyport::base::IsUtf8(form)) std::abort();
    if (!sensitive && form != domain::CaseFolded(name)) std::abort();
    if (form.empty() != name.empty()) std::abort();
  }
  return 0;
}
