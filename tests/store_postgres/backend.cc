#include "backend.h"

#include "server.h"
#include "store_postgres/postgres_store.h"

namespace sallyport::store {
namespace {

class PostgresBackend final : public Backend {
 public:
  base::Result<std::unique_ptr<Store>> Open() override {
    SALLYPORT_ASSIGN(auto store, OpenPostgres(database_.address(), directory_.path() + "/data"));
    return std::unique_ptr<Store>(std::move(store));
  }

 private:
  const TestDatabase database_;
  TemporaryDirectory directory_;
};

}  // namespace

std::vector<BackendFactory> Backends() {
  return {{"Postgres", [] { return std::make_unique<PostgresBackend>(); }}};
}

}  // namespace sallyport::store
