#include "operations/dispatch/model.h"

#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <deque>

#include "base/log.h"

namespace sallyport::operations::model {

namespace {

// Limits the automaton of one pattern, for which RE2 would otherwise use up to 8 MiB.
constexpr int64_t kMaxPatternMemory = 2 << 20;

// A pattern that is compiled when it is first used. If two threads do that at the same time, one of
// the results is kept.
class LazyPattern {
 public:
  ~LazyPattern() { delete compiled_.load(); }

  const re2::RE2& Get(std::string_view text) {
    if (const re2::RE2* ready = compiled_.load(std::memory_order_acquire)) return *ready;
    re2::RE2::Options options;
    options.set_max_mem(kMaxPatternMemory);
    options.set_log_errors(false);
    const auto* fresh = new re2::RE2(re2::StringPiece(text.data(), text.size()), options);
    const re2::RE2* none = nullptr;
    if (compiled_.compare_exchange_strong(none, fresh, std::memory_order_acq_rel)) return *fresh;
    delete fresh;
    return *none;
  }

 private:
  std::atomic<const re2::RE2*> compiled_{nullptr};
};

}  // namespace

const OperationModel* Find(std::string_view name) {
  auto found =
      std::lower_bound(operations.begin(), operations.end(), name,
                       [](const OperationModel& row, std::string_view n) { return row.name < n; });
  return found != operations.end() && found->name == name ? &*found : nullptr;
}

bool Matches(int16_t index, std::string_view text) {
  static std::deque<LazyPattern> compiled(patterns.size());
  const re2::RE2& pattern = compiled[index].Get(patterns[index].re2);
  if (!pattern.ok()) {
    base::LogError("a pattern of the model does not compile",
                   {{"pattern", patterns[index].text}, {"error", pattern.error()}});
    return false;
  }
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

}  // namespace sallyport::operations::model
