#include "backend.h"

#include "store/sqlite/sqlite_store.h"

namespace sallyport::store {
namespace {

class SqliteBackend final : public Backend {
 public:
  base::Result<std::unique_ptr<Store>> Open() override {
    return OpenSqlite(directory_.path() + "/data");
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace

std::vector<BackendFactory> Backends() {
  return {{"Sqlite", [] { return std::make_unique<SqliteBackend>(); }}};
}

}  // namespace sallyport::store
