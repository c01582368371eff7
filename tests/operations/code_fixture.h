// CodeTest: a pool that verifies e-mail addresses, and the messages that its operations queue.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/messages/message.h"
#include "user_fixture.h"

namespace sallyport::operations {

class CodeTest : public UserTest {
 protected:
  CodeTest();

  // Sets the pool's settings, by UpdateUserPool.
  void Change(boost::json::object pool);
  // Makes the pool and client of the test anew, for settings that cannot be changed.
  void UsePool(boost::json::object pool, boost::json::object client = {});
  // From here on, calls use a client with PreventUserExistenceErrors.
  void HideUsers();
  // `more`: members in addition to ClientId and Username.
  Reply Public(std::string_view operation, std::string_view username,
               boost::json::object more = {});
  Reply SignUp(std::string_view username, boost::json::array attributes = {});
  Reply Confirm(std::string_view username, std::string_view code, boost::json::object more = {});
  // A user who has signed up with that e-mail address and is confirmed.
  void MakeSignedUp(std::string_view username, std::string_view email);
  std::string StatusOf(std::string_view username);

  // The messages that were queued so far, the oldest first.
  std::vector<domain::Message> Messages();
  // The code in the last one; it is an error if none was queued.
  std::string LastCode();
  // A code that is not that one.
  static std::string Other(std::string_view code);
};

inline constexpr std::string_view kMismatch =
    "Invalid verification code provided, please try again.";
inline constexpr std::string_view kNoCode = "Invalid code provided, please request a code again.";
inline constexpr std::string_view kTooMany = "Attempt limit exceeded, please try after some time.";

}  // namespace sallyport::operations
