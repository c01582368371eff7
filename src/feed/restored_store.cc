#include "feed/restored_store.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "store/lineage.h"

namespace sallyport::feed {

std::string WhyNothingIsIssued(store::Store& store) {
  return fmt::format("the store was restored from a backup ({}); run: sallyport recover",
                     store.restored_reason());
}

void NoteRestored(store::Store& store, const Agent& agent, const revocation::Hello& hello,
                  const std::string& reason) {
  const bool known = store.is_restored();
  // First stores what `sallyport recover` must know, so that this Agent does not raise the alarm
  // again.
  auto marked =
      hello.log == store.log_id() ? base::Status() : store::NoteForeignLogId(store, hello.log);
  if (base::Status stopped = store.MarkRestored(reason); !stopped) marked = std::move(stopped);
  base::LogError("nothing is issued", {{"reason", WhyNothingIsIssued(store)},
                                       {"agent", agent.name},
                                       {"agent_sequence", hello.position.sequence},
                                       {"head", store.Head().sequence}});
  if (!marked && !known) {
    base::LogError("the mark that the store was restored could not be written",
                   {{"cause", marked.error().cause}});
  }
}

}  // namespace sallyport::feed
