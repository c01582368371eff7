#include <fmt/format.h>

#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "domain/users/user_import.h"
#include "domain/users/user_importer.h"
#include "user_import_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using StartUserImportJobTest = ImportTest;

constexpr std::string_view kHeader = "cognito:username,email,email_verified,name\n";

std::string ManyUsers(int count) {
  std::string csv(kHeader);
  for (int i = 0; i < count; ++i) csv += fmt::format("user-{0},u{0}@example.com,TRUE,\n", i);
  return csv;
}

TEST_F(StartUserImportJobTest, EveryGoodRowBecomesAUserWhoMustResetThePassword) {
  const json::object job = Imported(
      "email_verified,address,email,cognito:mfa_enabled,cognito:username\n"
      "TRUE,\"1 Main St, \"\"A\"\"\",ada@example.com,FALSE,ada\n"
      "true, 2 Main St\\, B ,bob@example.com,,bob\n");
  EXPECT_EQ(job.at("Status"), "Succeeded");
  EXPECT_EQ(job.at("ImportedUsers"), 2);
  EXPECT_TRUE(job.contains("StartDate"));
  EXPECT_TRUE(job.contains("CompletionMessage"));
  const Reply ada = GetUser("ada");
  ASSERT_TRUE(Succeeded(ada));
  EXPECT_EQ(ada.Text("UserStatus"), "RESET_REQUIRED");
  EXPECT_EQ(ada.Text("UserAttributes.1.Value"), "1 Main St, \"A\"");
  EXPECT_EQ(ada.Text("UserAttributes.3.Value"), "true");
  EXPECT_EQ(GetUser("bob").Text("UserAttributes.1.Value"), "2 Main St, B");
  EXPECT_EQ(FilesLeft(), 0u);
}

// By the password, and by SRP.
TEST_F(StartUserImportJobTest, AUserWithoutAPasswordIsToldToResetItWhereTheClientMayTellWhoExists) {
  Imported(std::string(kHeader) + "ada,ada@example.com,true,\n");
  const auto sign_in = [&](std::string_view hides, std::string_view name, bool by_srp) {
    const json::object client{
        {"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"}},
        {"PreventUserExistenceErrors", hides}};
    json::object parameters{{"USERNAME", name}};
    parameters[by_srp ? "SRP_A" : "PASSWORD"] = by_srp ? "1234abcd" : "whatever it is";
    return Call("InitiateAuth", {{"ClientId", MakeClient(pool_, client)},
                                 {"AuthFlow", by_srp ? "USER_SRP_AUTH" : "USER_PASSWORD_AUTH"},
                                 {"AuthParameters", parameters}});
  };
  for (const bool by_srp : {false, true}) {
    EXPECT_TRUE(FailedWith(sign_in("LEGACY", "ada", by_srp), "PasswordResetRequiredException",
                           "Password reset required for the user"));
  }
  for (const char* name : {"ada", "nobody"}) {
    EXPECT_TRUE(FailedWith(sign_in("ENABLED", name, false), "NotAuthorizedException",
                           "Incorrect username or password."));
    EXPECT_EQ(sign_in("ENABLED", name, true).Text("ChallengeName"), "PASSWORD_VERIFIER");
  }
  // What the administrator says takes precedence.
  ASSERT_TRUE(Succeeded(Call("AdminDisableUser", {{"UserPoolId", pool_}, {"Username", "ada"}})));
  EXPECT_TRUE(FailedWith(sign_in("LEGACY", "ada", false), "NotAuthorizedException",
                         "Incorrect username or password."));
}

TEST_F(StartUserImportJobTest, BadRowsAreToldByLineAndTheOthersGoIn) {
  ASSERT_TRUE(Succeeded(Call("AdminCreateUser", {{"UserPoolId", pool_}, {"Username", "here"}})));
  const std::string id = Started(std::string(kHeader) +
                                 "good,g@example.com,true,Good\n"
                                 "here,h@example.com,true,\n"
                                 "GOOD,g2@example.com,true,again\n"
                                 ",x@example.com,true,\n"
                                 "two words,x@example.com,true,\n"
                                 "short,x@example.com\n"
                                 "\"open,x@example.com,true,\n"
                                 "unverified,x@example.com,false,\n"
                                 "noaddress,,true,\n"
                                 "bademail,nobody,true,\n"
                                 "last,l@example.com,true,\n");
  RunJobs();
  const Reply job = Job("DescribeUserImportJob", id);
  EXPECT_EQ(job.Text("UserImportJob.Status"), "Succeeded");
  EXPECT_EQ(job.At("UserImportJob.ImportedUsers"), 2);
  EXPECT_EQ(job.At("UserImportJob.SkippedUsers"), 2);
  EXPECT_EQ(job.At("UserImportJob.FailedUsers"), 7);
  std::vector<int64_t> lines;
  for (const json::object& failure : Failures(id)) {
    lines.push_back(failure.at("line").as_int64());
    EXPECT_EQ(failure.at("status"), lines.back() == 3 || lines.back() == 4 ? "skipped" : "failed");
    EXPECT_FALSE(failure.at("message").as_string().empty());
  }
  EXPECT_EQ(lines, (std::vector<int64_t>{3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(Failures(id)[0].at("message"), "The user already exists.");
  EXPECT_EQ(Failures(id)[6].at("message"),
            "The User Record does not set any of the auto verified attributes to true. (Example: "
            "email_verified to true).");
  EXPECT_TRUE(GetUser("last").ok());
  EXPECT_EQ(GetUser("unverified").code, "UserNotFoundException");
}

TEST_F(StartUserImportJobTest, ARowWhoseAliasIsTakenWritesNothing) {
  pool_ = MakePool({{"AutoVerifiedAttributes", {"email"}}, {"AliasAttributes", {"email"}}});
  const std::string id = Started(std::string(kHeader) +
                                 "one,same@example.com,true,\n"
                                 "two,same@example.com,true,\n"
                                 "two,other@example.com,true,\n");
  RunJobs();
  ASSERT_EQ(Failures(id).size(), 1u);
  EXPECT_EQ(Failures(id)[0].at("message"), "An account with the email already exists.");
  EXPECT_EQ(GetUser("two").Text("UserAttributes.1.Value"), "other@example.com");
}

TEST_F(StartUserImportJobTest, WhereTheUsernameIsAnAddressItBecomesTheAttribute) {
  pool_ = MakePool({{"AutoVerifiedAttributes", {"email"}}, {"UsernameAttributes", {"email"}}});
  const json::object job =
      Imported("cognito:username,email_verified\nada@example.com,true\nada,true\n");
  EXPECT_EQ(job.at("ImportedUsers"), 1);
  EXPECT_EQ(job.at("FailedUsers"), 1);
  EXPECT_EQ(GetUser("ada@example.com").Text("UserAttributes.1.Value"), "ada@example.com");
}

TEST_F(StartUserImportJobTest, AnAddressThatDiffersFromTheUsernameInLetterCaseAloneIsTheSame) {
  pool_ = MakePool({{"AutoVerifiedAttributes", {"email"}}, {"UsernameAttributes", {"email"}}});
  const json::object job = Imported(std::string(kHeader) +
                                    "ada@example.com,Ada@Example.com,true,\n"
                                    "bob@example.com,other@example.com,true,\n");
  EXPECT_EQ(job.at("ImportedUsers"), 1);
  EXPECT_EQ(job.at("FailedUsers"), 1);
  EXPECT_EQ(GetUser("ada@example.com").Text("UserAttributes.1.Value"), "ada@example.com");
  EXPECT_EQ(GetUser("Ada@Example.com").code, "UserNotFoundException");
}

TEST_F(StartUserImportJobTest, APasswordHashSignsInAndGivesWayToOneOfOurs) {
  const std::string client =
      MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  const std::string header = "cognito:username,email,email_verified,password_hash\n";
  const json::object job = Imported(
      header +
          "ada,ada@example.com,true,$2b$04$abcdefghijklmnopqrstuuchGdllX0O2ZthG6oyaPSbmBrCIbnHlu\n"
          "bob,bob@example.com,true,\n"
          "cal,cal@example.com,true,$1$not$bcrypt\n",
      {{"PasswordHashingAlgorithm", "BCRYPT"}});
  EXPECT_EQ(job.at("PasswordHashingAlgorithm"), "BCRYPT");
  EXPECT_EQ(job.at("ImportedUsers"), 2);
  EXPECT_EQ(job.at("FailedUsers"), 1);
  EXPECT_EQ(GetUser("ada").Text("UserStatus"), "CONFIRMED");
  EXPECT_EQ(GetUser("bob").Text("UserStatus"), "RESET_REQUIRED");
  const auto sign_in = [&](std::string_view password) {
    return Call("InitiateAuth",
                {{"AuthFlow", "USER_PASSWORD_AUTH"},
                 {"ClientId", client},
                 {"AuthParameters", {{"USERNAME", "ada"}, {"PASSWORD", password}}}});
  };
  EXPECT_EQ(sign_in("wrong").code, "NotAuthorizedException");
  for (const bool ours : {false, true}) {
    const auto pool = domain::GetPool(*services_, pool_);
    EXPECT_EQ(domain::PasswordHasher::IsOwn(
                  domain::FindUser(*store_, **pool, "ada").value()->password_hash),
              ours);
    EXPECT_TRUE(Succeeded(sign_in("Passw0rd!")));
  }
  EXPECT_EQ(Imported(header, {{"PasswordHashingAlgorithm", "SCRYPT"}}).at("Status"), "Succeeded");
  EXPECT_EQ(Imported("cognito:username\n", {{"PasswordHashingAlgorithm", "SCRYPT"}})
                .at("CompletionMessage"),
            "The CSV header has no column password_hash");
  EXPECT_EQ(Imported(header + "dan,dan@example.com,true,hash\n").at("FailedUsers"), 1);
}

TEST_F(StartUserImportJobTest, AFileThatCannotBeReadAsUsersFailsTheJob) {
  for (const std::string csv :
       {"", "cognito:username,\"email\nx,y\n", "email,email_verified\na@example.com,true\n",
        "cognito:username,shoe_size\nada,9\n", "cognito:username,email,email\nada,a,b\n"}) {
    const json::object job = Imported(csv);
    EXPECT_EQ(job.at("Status"), "Failed") << csv;
    EXPECT_TRUE(job.at("CompletionMessage").as_string().starts_with("The CSV ")) << csv;
  }
  const json::object job = Imported(std::string(kHeader) + "two words,a@example.com,true,\n");
  EXPECT_EQ(job.at("Status"), "Failed");
  EXPECT_EQ(job.at("CompletionMessage"),
            "Too many users have failed or been skipped during the import.");
}

TEST_F(StartUserImportJobTest, GoesOnAtTheNextRowAfterAnInterruption) {
  const std::string id = Started(ManyUsers(1200));
  // Stopped after each batch, with the store closed and opened again: what a crash leaves is the
  // state of a commit.
  int interruptions = 0;
  for (bool done = false; !done; ++interruptions) {
    int asked = 0;
    RunJobs([&] { return ++asked > 2; });
    Restart();
    done = Job("DescribeUserImportJob", id).Text("UserImportJob.Status") == "Succeeded";
    ASSERT_LT(interruptions, 20);
  }
  EXPECT_GE(interruptions, 4);
  const Reply job = Job("DescribeUserImportJob", id);
  EXPECT_EQ(job.At("UserImportJob.ImportedUsers"), 1200);
  EXPECT_EQ(job.At("UserImportJob.SkippedUsers"), 0);
  for (const int user : {0, 249, 250, 1199})
    EXPECT_TRUE(GetUser(fmt::format("user-{}", user)).ok());
  EXPECT_EQ(Call("DescribeUserPool", {{"UserPoolId", pool_}}).At("UserPool.EstimatedNumberOfUsers"),
            1200);
}

TEST_F(StartUserImportJobTest, AStoppedJobEndsAfterItsBatchAndKeepsWhatItImported) {
  const std::string id = Started(ManyUsers(600));
  int asked = 0;
  RunJobs([&] { return ++asked > 2; });
  EXPECT_EQ(Job("StopUserImportJob", id).Text("UserImportJob.Status"), "Stopping");
  RunJobs();
  const Reply job = Job("DescribeUserImportJob", id);
  EXPECT_EQ(job.Text("UserImportJob.Status"), "Stopped");
  EXPECT_EQ(job.Text("UserImportJob.CompletionMessage"),
            "The Import Job was stopped by the developer.");
  EXPECT_EQ(job.At("UserImportJob.ImportedUsers"), 250);
  EXPECT_TRUE(GetUser("user-0").ok());
  EXPECT_FALSE(GetUser("user-599").ok());
  EXPECT_EQ(FilesLeft(), 0u);
}

TEST_F(StartUserImportJobTest, JobsOfAPoolGoWithIt) {
  const std::string id = Started(ManyUsers(300) + "bad row,,,\n");
  const std::string waiting = Create().Text("UserImportJob.JobId");
  ASSERT_TRUE(Upload(waiting, kHeader).ok());
  int asked = 0;
  RunJobs([&] { return ++asked > 2; });
  ASSERT_TRUE(Succeeded(Call("DeleteUserPool", {{"UserPoolId", pool_}})));
  RunJobs();
  EXPECT_FALSE(domain::GetUserImportJob(*store_, id).ok());
  EXPECT_TRUE(store_->List(domain::kUserImportFailures, "", std::nullopt, 10)->empty());
  EXPECT_TRUE(store_->List(domain::kUserImportQueue, "", std::nullopt, 10)->empty());
  ASSERT_TRUE(domain::SweepImportFiles(*services_, 3600).ok());
  EXPECT_GE(FilesLeft(), 1u) << "an upload under way would be as young";
  ASSERT_TRUE(domain::SweepImportFiles(*services_, 0).ok());
  EXPECT_EQ(FilesLeft(), 0u);
}

TEST_F(StartUserImportJobTest, AJobThatIsNotStartedInTimeExpires) {
  const std::string id = Create().Text("UserImportJob.JobId");
  ASSERT_TRUE(Upload(id, kHeader).ok());
  ASSERT_TRUE(domain::ExpireUserImports(*services_).ok());
  EXPECT_EQ(Job("DescribeUserImportJob", id).Text("UserImportJob.Status"), "Created");
  clock_.AdvanceMillis(domain::kImportExpiryMillis);
  ASSERT_TRUE(domain::ExpireUserImports(*services_).ok());
  EXPECT_EQ(Job("DescribeUserImportJob", id).Text("UserImportJob.Status"), "Expired");
  EXPECT_EQ(FilesLeft(), 0u);
  EXPECT_EQ(Job("StartUserImportJob", id).code, "PreconditionNotMetException");
}

TEST_F(StartUserImportJobTest, NeedsAFileAndTakesNoneAfterwards) {
  const std::string id = Create().Text("UserImportJob.JobId");
  EXPECT_EQ(Job("StartUserImportJob", id).code, "PreconditionNotMetException");
  ASSERT_TRUE(Upload(id, "wrong").ok());
  ASSERT_TRUE(Upload(id, ManyUsers(1)).ok());
  EXPECT_EQ(FilesLeft(), 1u) << "the second replaces the first";
  EXPECT_EQ(Job("StartUserImportJob", id).Text("UserImportJob.Status"), "Pending");
  EXPECT_EQ(Upload(id, ManyUsers(2)).error().code, "PreconditionNotMetException");
  EXPECT_EQ(FilesLeft(), 1u);
  EXPECT_EQ(Job("StartUserImportJob", id).code, "PreconditionNotMetException");
}

TEST_F(StartUserImportJobTest, NeedsAPoolThatVerifiesAnAttribute) {
  pool_ = MakePool();
  const std::string id = Create().Text("UserImportJob.JobId");
  ASSERT_TRUE(Upload(id, kHeader).ok());
  EXPECT_EQ(Job("StartUserImportJob", id).code, "PreconditionNotMetException");
}

}  // namespace
}  // namespace sallyport::operations
