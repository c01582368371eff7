// OAuthTest: a pool with a resource server, a machine client and a public client with a user.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "oauth2/endpoint.h"
#include "user_fixture.h"

namespace sallyport::oauth2 {

using operations::ClaimsOf;
using operations::Succeeded;
using operations::Tokens;

struct OAuthReply {
  EndpointResponse response;
  boost::json::object body;
  std::string Text(std::string_view name) const;
};
testing::AssertionResult Refused(const OAuthReply& reply, int status, std::string_view error);

using Parameters = std::initializer_list<std::pair<std::string_view, std::string_view>>;
std::string EncodeForm(Parameters parameters);
std::string Basic(std::string_view id, std::string_view secret);

class OAuthTest : public operations::UserTest {
 protected:
  OAuthTest();

  using Endpoint = EndpointResponse (*)(const domain::Services&, const EndpointRequest&);
  OAuthReply Post(Endpoint endpoint, Parameters parameters, std::string_view authorization = {});
  // As the machine client.
  OAuthReply MachineToken(Parameters parameters);
  OAuthReply Get(std::string_view bearer);

  // Where the next request arrives.
  std::string path_pool_, host_ = "127.0.0.1:9229";
  std::string machine_, secret_;
};

}  // namespace sallyport::oauth2
