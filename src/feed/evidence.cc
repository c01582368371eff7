#include "feed/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/secret.h"
#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif
#include "store/lineage.h"

namespace sallyport::feed {
namespace {

// For a position of the log with this store's id.
base::Result<Evidence> JudgePosition(store::Store& store, const Agent& agent,
                                     const revocation::LogPosition& position) {
  const uint64_t head = store.Head().sequence;
  if (position.sequence > head) {
    return Evidence{.tail = false,
                    .proof = fmt::format("agent {} has entry {} of its log, which now ends at {}",
                                         agent.name, position.sequence, head)};
  }
  SALLYPORT_ASSIGN(const auto hash, store.HashAt(position.sequence));
  if (!hash) return Evidence{};
  if (*hash == position.hash) return Evidence{.tail = true, .proof = {}};
  return Evidence{.tail = false,
                  .proof = fmt::format("agent {} has another entry {} of its log", agent.name,
                                       position.sequence)};
}

bool Equal(const revocation::PositionMark& one, const revocation::PositionMark& other) {
  const auto text = [](const revocation::PositionMark& mark) {
    return std::string_view(reinterpret_cast<const char*>(mark.data()), mark.size());
  };
  return base::ConstantTimeEqual(text(one), text(other));
}

}  // namespace

// An Agent has only what a server has sent it, and a mark proves that a server did. Without a mark,
// its claims only show that it needs a snapshot.
base::Result<Evidence> JudgeHello(store::Store& store, const Options& options, const Agent& agent,
                                  const revocation::Hello& hello) {
  const bool ours = hello.log == store.log_id();
  if (agent.version == revocation::kOldFeedVersion) {
    if (!ours) return Evidence{};
    SALLYPORT_ASSIGN(const Evidence evidence, JudgePosition(store, agent, hello.position));
    return Evidence{.tail = evidence.tail, .proof = {}};
  }
  if (!Equal(hello.mark, options.mark(hello.log, hello.position, agent.name))) return Evidence{};
  if (ours) return JudgePosition(store, agent, hello.position);
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("unknown-log-is-new")) return Evidence{};
#endif
  const std::vector<revocation::LogId> past = store.lineage().past;
  if (std::find(past.begin(), past.end(), hello.log) != past.end()) return Evidence{};
  return Evidence{
      .tail = false,
      .proof = fmt::format("agent {} follows a log that this store has never had", agent.name)};
}

}  // namespace sallyport::feed
