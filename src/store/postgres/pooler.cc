#include "store_postgres/pooler.h"

#include <fmt/format.h>

#include <memory>

namespace sallyport::store::postgres {
namespace {

constexpr Statement kBeginLook{"pooler-begin", "BEGIN"};
constexpr Statement kEndLook{"pooler-end", "COMMIT"};
constexpr Statement kProcess{"pooler-process", "SELECT pg_backend_pid()::bigint"};
// Others of the pooler's clients may be given a connection meanwhile, so that one look may miss it.
constexpr int kLooks = 16;

Outcome<int64_t> ProcessOf(Connection& connection, Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows, connection.Run(kProcess, {}, deadline));
  return rows.Integer(0, 0);
}

// Whether the database serves both by one process, or one of them by several.
Outcome<bool> AreShared(Connection& one, Connection& other, Deadline deadline) {
  SALLYPORT_ASSIGN(const int64_t before, ProcessOf(one, deadline));
  other.Add(kBeginLook);
  SALLYPORT_ASSIGN(const int64_t others, ProcessOf(other, deadline));
  SALLYPORT_ASSIGN(const int64_t after, ProcessOf(one, deadline));
  SALLYPORT_TRY(other.Run(kEndLook, {}, deadline));
  return before != after || others == before;
}

Outcome<bool> PoolsByTransaction(Pool& pool, Deadline deadline) {
  SALLYPORT_ASSIGN(const std::unique_ptr<Connection> one, pool.Open(deadline));
  SALLYPORT_ASSIGN(const int64_t process, ProcessOf(*one, deadline));
  // A pooler makes up the number that it gives to its clients.
  if (process == one->told_process()) return false;
  SALLYPORT_ASSIGN(const std::unique_ptr<Connection> other, pool.Open(deadline));
  for (int look = 0; look < kLooks; ++look) {
    SALLYPORT_ASSIGN(const bool shared, AreShared(*one, *other, deadline));
    if (shared) return true;
  }
  return false;
}

}  // namespace

base::Status CheckPooler(Pool& pool, const std::string& shown, Deadline deadline) {
  const auto shared = PoolsByTransaction(pool, deadline);
  const std::string doing = fmt::format("{}: it cannot be served", shown);
  if (!shared) return UnusableDatabase(doing, shared.error());
  if (*shared) {
    return UnusableDatabase(
        doing, Failure{Failure::Kind::kPooler,
                       "it uses one connection of the database for two of the server's"});
  }
  return {};
}

}  // namespace sallyport::store::postgres
