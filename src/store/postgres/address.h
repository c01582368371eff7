// Which database a store is kept in, as --store names it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "store_postgres/connection.h"

namespace sallyport::store::postgres {

// "postgresql://..." or "postgres://...".
bool IsAddress(std::string_view text);

struct Address {
  ConnectWords words;
  // For logs and messages: hosts, port and database, and neither user nor password.
  std::string shown;
};

// What libpq is told. An address with a password in it is refused: command lines are everybody's to
// read. Beside what the address says, the server is asked for writes (target_session_attrs), and,
// where a host is beyond this machine, must prove by a certificate that it is the one that was
// named (sslmode=verify-full), unless the address says otherwise. Errors are one line for the
// operator.
base::Result<Address> ParseAddress(const std::string& text, const base::Secret& password);

}  // namespace sallyport::store::postgres
