#include "domain/records/commit.h"

#include <utility>

namespace sallyport::domain {
namespace {

base::Result<store::Release> ReleaseOf(base::Result<store::Committed> committed) {
  SALLYPORT_ASSIGN(store::Committed done, std::move(committed));
  SALLYPORT_TRY(std::move(done.outcome));
  return done.release;
}

}  // namespace

base::Status Commit(const Services& services, const std::function<base::Status(store::Tx&)>& fn) {
  SALLYPORT_ASSIGN(store::Written committed, services.store.Update(fn));
  return std::move(committed.outcome);
}

base::Result<store::Release> CommitRevoking(const Services& services,
                                            const std::function<base::Status(store::LogTx&)>& fn) {
  return ReleaseOf(services.store.UpdateRevoking(fn));
}

base::Result<store::Release> CommitLog(const Services& services,
                                       const std::function<base::Status(store::LogTx&)>& fn) {
  return ReleaseOf(services.store.UpdateLog(fn));
}

base::Status WithoutRelease(base::Result<store::Release> committed) {
  if (!committed) return std::move(committed).error();
  return {};
}

}  // namespace sallyport::domain
