// The address of the database in which a store is kept, as the flag --store gives it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "store_postgres/connection.h"

namespace sallyport::store::postgres {

// Whether the text begins with "postgresql://" or "postgres://".
bool IsAddress(std::string_view text);

struct Address {
  // For each host that is named, in their order: at least one.
  std::vector<ConnectWords> hosts;
  // For logs and messages: hosts, port and database, and neither user nor password.
  std::string shown;
};

// Gives libpq's connection parameters. An address that contains a password is refused, because
// every user of a host can read its command lines. Hosts that it does not name are taken from
// PGHOST, PGHOSTADDR and PGPORT; a service file is refused. Unless the address says otherwise, only
// a server that accepts writes is used (target_session_attrs), and a server on another host must
// prove by a certificate that it is the one that was named (sslmode=verify-full). An error's
// message is one line for the operator.
base::Result<Address> ParseAddress(const std::string& text, const base::Secret& password);

}  // namespace sallyport::store::postgres
