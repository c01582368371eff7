// Answers that were captured from AWS, replayed in the order of their capture. The directory is
// named by SALLYPORT_AWS_CAPTURES.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AwsCaptures : public CodeTest {
 protected:
  // Every value of `captured` is in `answered`, except those that are different in each call.
  static void ExpectSame(const json::object& captured, const json::object& answered) {
    EXPECT_EQ(answered.size() + captured.contains("$metadata"), captured.size());
    for (const auto& [name, value] : captured) {
      if (name == "$metadata") continue;
      ASSERT_TRUE(answered.contains(name)) << name;
      if (name == "UserSub") {
        EXPECT_EQ(answered.at(name).as_string().size(), value.as_string().size());
      } else {
        EXPECT_EQ(answered.at(name), value) << name;
      }
    }
  }

  void Replay(std::string_view operation, json::object capture) {
    SCOPED_TRACE(std::string(capture["name"].as_string()));
    json::object request = capture["request"].as_object();
    request["ClientId"] = client_;
    const Reply reply = Call(operation, request);
    if (const json::object* error = capture["error"].if_object()) {
      EXPECT_EQ(reply.code, std::string(error->at("name").as_string()));
      EXPECT_EQ(reply.message, std::string(error->at("message").as_string()));
      EXPECT_EQ(reply.status, 400);
    } else {
      ASSERT_TRUE(Succeeded(reply));
      ExpectSame(capture["response"].as_object(), reply.body);
    }
  }
};

struct Kind {
  std::string_view prefix;
  std::string_view operation;
};
constexpr Kind kKinds[] = {{"sign-up.", "SignUp"},
                           {"confirm-sign-up.", "ConfirmSignUp"},
                           {"resend-confirmation.", "ResendConfirmationCode"},
                           {"forgot-password.", "ForgotPassword"}};

TEST_F(AwsCaptures, AreAnsweredAlike) {
  const char* named = std::getenv("SALLYPORT_AWS_CAPTURES");
  const char* directory = named != nullptr ? named : SALLYPORT_AWS_CAPTURES_DEFAULT;
  if (directory == nullptr || !std::filesystem::is_directory(directory)) {
    GTEST_SKIP() << "needs data from outside the repository: captured answers at " << directory;
  }
  std::vector<json::object> captures;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    captures.push_back(json::parse(text).as_object());
  }
  std::sort(captures.begin(), captures.end(), [](const json::object& a, const json::object& b) {
    return a.at("capturedAt").as_string() < b.at("capturedAt").as_string();
  });
  int replayed = 0;
  for (const json::object& capture : captures) {
    const std::string name(capture.at("name").as_string());
    for (const Kind& kind : kKinds) {
      if (!name.starts_with(kind.prefix)) continue;
      // The capture removed its user before it asked for a user that does not exist.
      if (name.find("unknown-user") != std::string::npos) {
        Admin("AdminDeleteUser",
              std::string_view(capture.at("request").at("Username").as_string()));
      }
      Replay(kind.operation, capture);
      ++replayed;
    }
  }
  EXPECT_GT(replayed, 0);
}

}  // namespace
}  // namespace sallyport::operations
