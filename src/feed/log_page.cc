#include "feed/log_page.h"

#include <utility>
#include <vector>

namespace sallyport::feed {
namespace {

// With kLogPageRows so few that a grant never waits long for a frame.
constexpr size_t kPageBytes = 256 * 1024;

}  // namespace

base::Result<revocation::Entries> ReadLogPage(store::Store& store, uint64_t after,
                                              const revocation::LogPosition& head) {
  SALLYPORT_ASSIGN(std::vector<revocation::LogEntry> rows, store.ReadLog(after, kLogPageRows));
  revocation::Entries page;
  page.position = head;
  size_t bytes = 0;
  for (revocation::LogEntry& row : rows) {
    if (row.position.sequence > head.sequence) return page;
    bytes += revocation::EncodedSize(row.revocation);
    page.revocations.push_back(std::move(row.revocation));
    if (bytes >= kPageBytes || page.revocations.size() == kLogPageRows) {
      page.position = row.position;
      return page;
    }
  }
  return page;
}

}  // namespace sallyport::feed
