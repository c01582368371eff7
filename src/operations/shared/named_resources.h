// What the calls that describe or list user pools and app clients name.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "domain/record.h"

namespace sallyport::operations {

struct NamedPool {
  std::string pool_id;
};
inline constexpr auto kNamedPool =
    domain::RecordOf<NamedPool>(domain::Member("UserPoolId", &NamedPool::pool_id));

struct NamedClient {
  std::string pool_id;
  std::string client_id;
};
inline constexpr auto kNamedClient =
    domain::RecordOf<NamedClient>(domain::Member("UserPoolId", &NamedClient::pool_id),
                                  domain::Member("ClientId", &NamedClient::client_id));

struct NamedPage {
  std::string next_token;    // empty: from the start
  int64_t most_results = 0;  // MaxResults
};
// Sixty are AWS's most.
inline constexpr auto kNamedPage =
    domain::RecordOf<NamedPage>(domain::Member("NextToken", &NamedPage::next_token),
                                domain::Member("MaxResults", &NamedPage::most_results, 60));

}  // namespace sallyport::operations
