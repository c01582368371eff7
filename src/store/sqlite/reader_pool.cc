#include "store/sqlite/reader_pool.h"

namespace sallyport::store {

base::Result<ReaderPool::Lease> ReaderPool::Take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !idle_.empty() || open_ < greatest_; });
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(connection));
    }
    ++open_;
  }
  auto opened = ReadConnection::Open(path_);
  if (!opened) {
    {
      std::lock_guard lock(mutex_);
      --open_;
    }
    returned_.notify_one();
    return std::move(opened).error();
  }
  return Lease(*this, std::make_unique<ReadConnection>(std::move(opened).value()));
}

void ReaderPool::Return(std::unique_ptr<ReadConnection> connection) {
  {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

}  // namespace sallyport::store
