// The addresses behind the name of a host.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store_postgres/connection.h"

namespace sallyport::store::postgres {

// The addresses that a name has, each once; none: it has none, or cannot be looked up at present.
using LookUp = std::function<std::vector<std::string>(const std::string& name)>;

// As the system resolves names. Blocks for as long as that takes.
std::vector<std::string> LookUpName(const std::string& name);

// The parameters of one host, once for each of its addresses (`hostaddr`), beginning with the one
// at the place `first` and going round. (libpq would not go on from an address that gives no
// answer.) If the host's name need not be looked up, or has no address, the result is the
// parameters as they are.
std::vector<ConnectWords> ForEachAddress(const ConnectWords& host, size_t first,
                                         const LookUp& look_up);

// The same parameters for this address alone, if it is one.
ConnectWords At(ConnectWords host, const std::string& address);

}  // namespace sallyport::store::postgres
