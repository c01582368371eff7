// Shared by the app client operations: converts their input to Client::description, and a Client to
// UserPoolClientType.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"

namespace sallyport::operations {

// Sets client.description from the input of CreateUserPoolClient or UpdateUserPoolClient, completed
// by AWS's defaults (a member that is not given gets its default, in an update, too); and then the
// members that rules use. client.secrets must be set before. `reader` is the commit's. AWS's errors
// where a value is refused.
base::Status DescribeClient(store::Reader& reader, const boost::json::object& input,
                            const domain::Pool& pool, domain::Client& client);

// The client, which must belong to that pool; otherwise ResourceNotFoundException.
base::Result<std::shared_ptr<const domain::Client>> GetClientOf(const domain::Services& services,
                                                                std::string_view pool_id,
                                                                std::string_view client_id);
// The same within a commit.
base::Result<domain::Client> GetClientOf(store::Reader& reader, std::string_view pool_id,
                                         std::string_view client_id);

// UserPoolClientType. Of several secrets, ClientSecret is the oldest.
base::Result<boost::json::object> UserPoolClientType(const domain::Vault& vault,
                                                     const domain::Client& client);

// ClientSecretDescriptorType without the value.
boost::json::object ClientSecretDescriptor(const domain::ClientSecret& secret);

}  // namespace sallyport::operations
