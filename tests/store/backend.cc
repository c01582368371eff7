#include "backend.h"

#include <cstdlib>
#include <filesystem>

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

TemporaryDirectory::TemporaryDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "sallyport-store-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) std::abort();
  path_ = path;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<BackendFactory> Backends() {
  return {{"Sqlite", [] { return std::make_unique<SqliteBackend>(); }}};
}

}  // namespace sallyport::store
