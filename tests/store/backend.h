// The backends that the contract test runs against.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "store/store.h"

namespace sallyport::store {

// One place in which a store lives; it is deleted with everything in it.
class Backend {
 public:
  virtual ~Backend() = default;
  // May be called again once the store that it returned is gone: the data is the same.
  virtual base::Result<std::unique_ptr<Store>> Open() = 0;
};

struct BackendFactory {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;
};

// How a failed test names its backend.
inline void PrintTo(const BackendFactory& backend, std::ostream* out) {
  *out << backend.name;
}

std::vector<BackendFactory> Backends();

// A directory under the system's temporary one, removed when it goes.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace sallyport::store
