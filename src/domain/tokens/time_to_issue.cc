#include "domain/tokens/time_to_issue.h"

#include "domain/services.h"

namespace sallyport::domain {

base::Status MayIssue(const Services& services) {
  if (!services.issuing_stopped()) return {};
  return base::InternalError(
      "no tokens are issued: the store was restored from a backup; run `sallyport recover`");
}

base::Result<int64_t> TimeToIssue(const Services& services) {
  SALLYPORT_TRY(MayIssue(services));
  const int64_t now_millis = services.clock.WallMillis();
  SALLYPORT_TRY(services.clock.PrepareToIssue(now_millis / 1000));
  return now_millis;
}

}  // namespace sallyport::domain
