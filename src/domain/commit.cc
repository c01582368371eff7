#include "domain/commit.h"

#include <utility>

namespace sallyport::domain {

base::Status Commit(const Services& services, const std::function<base::Status(store::Tx&)>& fn,
                    uint64_t* head) {
  SALLYPORT_ASSIGN(store::Committed committed, services.store.Update(fn));
  if (head != nullptr) *head = committed.head;
  return std::move(committed.outcome);
}

}  // namespace sallyport::domain
