// SessionTest: a pool that tracks sessions.
#pragma once

#include "user_fixture.h"

namespace sallyport::operations {

class SessionTest : public UserTest {
 protected:
  SessionTest() { EXPECT_TRUE(Succeeded(Track(20))); }

  Reply Track(int64_t most, std::string_view tracking = "ENABLED") {
    return Call("SetUserPoolSessionConfiguration",
                boost::json::object{{"UserPoolId", pool_},
                                    {"UserSessionTracking", tracking},
                                    {"TokenSession", {{"MaxPerUser", most}}}});
  }
  // SessionIds in the order of the answer.
  static std::vector<std::string> Ids(const Reply& reply) {
    std::vector<std::string> ids;
    const auto sessions = reply.At("Sessions");
    for (const auto& session : sessions.as_array()) {
      ids.emplace_back(session.at("SessionId").as_string());
    }
    return ids;
  }
};

}  // namespace sallyport::operations
