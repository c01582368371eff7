// A pooler (pgbouncer, for example) between this server and its database.
#pragma once

#include <string>

#include "base/result.h"
#include "store_postgres/pool.h"

namespace sallyport::store::postgres {

// Refuses a pooler that gives one connection of the database to several of this server's in turns,
// as pgbouncer does with pool_mode = transaction: then what the server has set and prepared on one
// connection, and what it listens for there, would belong to another. The error is for the
// administrator.
base::Status CheckPooler(Pool& pool, const std::string& shown, Deadline deadline);

}  // namespace sallyport::store::postgres
