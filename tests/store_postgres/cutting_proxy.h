// CuttingProxy: between a store and its PostgreSQL, on a Unix socket; cuts the line at a COMMIT, so
// that the store does not know what became of it.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backend.h"

namespace sallyport::store {

class CuttingProxy {
 public:
  enum class Cut {
    kNothing,
    kBefore,  // the COMMIT is not passed on
    kAfter,   // it is passed on and done, and its answer is not
    kSilent,  // it is not passed on, nor is anything else, and nobody is told
  };
  // To the server whose socket has this path.
  explicit CuttingProxy(std::string server);
  ~CuttingProxy();

  const std::string& directory() const { return directory_.path(); }
  // Of the next COMMIT of a store's change.
  void CutNext(Cut cut) { cut_ = cut; }
  // Of the next COMMIT of a numbering.
  void SilenceNextNumbering() { silences_numbering_ = true; }
  // From now on nothing is committed or confirmed through it, and reads are answered: a primary
  // that has lost its standbys.
  void ConfirmNothing() { confirms_nothing_ = true; }
  int cuts() const { return cuts_; }
  // How often a record was read through it.
  int reads() const { return reads_; }

 private:
  void Accept();
  void Serve(int client);

  TemporaryDirectory directory_;
  const std::string server_;
  int listener_ = -1;
  std::atomic<Cut> cut_{Cut::kNothing};
  std::atomic<bool> silences_numbering_{false};
  std::atomic<bool> confirms_nothing_{false};
  std::atomic<int> cuts_{0};
  std::atomic<int> reads_{0};
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  std::mutex mutex_;
  std::vector<std::thread> threads_;  // guarded by mutex_
};

}  // namespace sallyport::store
