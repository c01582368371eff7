// The generated tables, and what is generated besides them.
#include "operations/dispatch/model.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace sallyport::operations {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Model, HasAll153OperationsInOrder) {
  ASSERT_EQ(model::operations.size(), 153u);
  for (size_t i = 1; i < model::operations.size(); ++i) {
    EXPECT_LT(model::operations[i - 1].name, model::operations[i].name);
  }
  for (const model::OperationModel& operation : model::operations) {
    EXPECT_EQ(model::Find(operation.name), &operation);
    EXPECT_EQ(model::shapes[operation.input].type, model::Type::kStructure) << operation.name;
  }
  EXPECT_EQ(model::Find("InitiateAut"), nullptr);
  EXPECT_EQ(model::Find(""), nullptr);
}

TEST(Model, EveryOperationDeclaresAnInternalError) {
  for (const model::OperationModel& operation : model::operations) {
    std::set<std::string_view> errors(operation.errors.begin(), operation.errors.end());
    EXPECT_TRUE(errors.contains("InternalErrorException") ||
                errors.contains("InternalServerException"))
        << operation.name;
  }
}

TEST(Model, KnowsHowEachOperationIsCalled) {
  EXPECT_EQ(model::Find("CreateUserPool")->auth, model::Auth::kSigV4);
  EXPECT_EQ(model::Find("InitiateAuth")->auth, model::Auth::kNone);
  EXPECT_EQ(model::Find("RevokeToken")->auth, model::Auth::kNone);
  EXPECT_EQ(model::Find("GetUser")->auth, model::Auth::kAccessToken);
  EXPECT_EQ(model::Find("GlobalSignOut")->auth, model::Auth::kAccessToken);
  EXPECT_EQ(model::Find("ListUserSessions")->auth, model::Auth::kAccessToken);
  EXPECT_EQ(model::Find("AdminListUserSessions")->auth, model::Auth::kSigV4);
}

TEST(Model, EveryPatternCompilesAndDecides) {
  // A pattern that does not compile matches nothing, so each pattern must match one of these.
  const std::string_view samples[] = {
      "",
      "a",
      "abc",
      "a_b",
      "a_0",
      "7",
      "a@b",
      "{####}",
      "{##x##}",
      "import-a",
      "terms-of-use",
      "cognito:dutch",
      "arn:aws:lambda:eu-west-1:123456789012:function",
      "arn:aws:iam:::role/x",
      "arn:aws:secretsmanager:eu-west-1:123456789012:secret/x",
      "https://a",
      "Level1",
      "01234567-89ab-4def-8123-0123456789ab",
  };
  for (size_t i = 0; i < model::patterns.size(); ++i) {
    bool any = false;
    for (std::string_view sample : samples) {
      any = any || model::Matches(static_cast<int16_t>(i), sample);
    }
    EXPECT_TRUE(any) << model::patterns[i].text;
  }
}

TEST(Model, TheWholeValueMustMatch) {
  for (size_t i = 0; i < model::patterns.size(); ++i) {
    if (model::patterns[i].text != "[\\w-]+_[0-9a-zA-Z]+") continue;
    EXPECT_TRUE(model::Matches(static_cast<int16_t>(i), "eu-west-1_Ab0"));
    EXPECT_FALSE(model::Matches(static_cast<int16_t>(i), "eu-west-1_Ab0/"));
    EXPECT_FALSE(model::Matches(static_cast<int16_t>(i), "eu-west-1_Ab0\n"));
  }
}

TEST(Model, DocsOperationsIsWhatTheBuildGenerates) {
  std::string committed = Read(SALLYPORT_SOURCE_DIR "/docs/operations.md");
  std::string generated = Read(SALLYPORT_BINARY_DIR "/generated/operations/operations.md");
  ASSERT_FALSE(generated.empty());
  EXPECT_EQ(committed, generated)
      << "docs/operations.md is stale: cmake --build --preset test --target operations_doc";
}

}  // namespace
}  // namespace sallyport::operations
