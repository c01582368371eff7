// The sign-in engine by itself: its outcomes, however they are shown, and what a sign-in records.
#include <regex>

#include "domain/ceilings.h"
#include "domain/challenge.h"
#include "domain/family.h"
#include "domain/pool.h"
#include "domain/user.h"
#include "operations/sign_in/answer.h"
#include "sign_in/flow.h"
#include "srp_client.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using domain::ProvedFactor;

// An outcome as a page shows it.
struct Page {
  std::string operator()(const domain::Issued&) const { return "<p>You are signed in.</p>"; }
  std::string operator()(const sign_in::AskNewPassword& asked) const {
    std::string page = "<form><input type=hidden name=session value='" + asked.session + "'>";
    for (const std::string& name : asked.missing) page += "<input name='" + name + "'>";
    return page + "<input type=password name=password></form>";
  }
  std::string operator()(const sign_in::AskPasswordBySrp&) const { return "<script></script>"; }
  std::string operator()(const sign_in::AskCustom& asked) const {
    std::string page = "<form><input type=hidden name=session value='" + asked.session + "'>";
    for (const auto& [name, value] : asked.parameters) page.append(name).append(": ").append(value);
    return page + "<input name=answer></form>";
  }
};

std::string PageOf(const sign_in::Outcome& outcome) {
  if (const auto* issued = std::get_if<domain::Issued>(&outcome)) return Page()(*issued);
  return std::visit(Page(), std::get<sign_in::Challenge>(outcome));
}

class SignInEngine : public UserTest {
 protected:
  base::Result<sign_in::Outcome> Run(const sign_in::Input& input) {
    return sign_in::Run({.services = *services_,
                         .pool = domain::GetPool(*services_, pool_).value(),
                         .client = domain::GetClient(*services_, client_).value(),
                         .peer = {.ip = "192.0.2.1", .user_agent = "test"},
                         .secret_hash = {}},
                        input);
  }
  void MakeTemporary(std::string_view username) {
    ASSERT_TRUE(
        Succeeded(Admin("AdminCreateUser", username, {{"TemporaryPassword", "Temp0rary!"}})));
  }
  // Of the user's one sign-in.
  domain::TokenFamily FamilyOf(std::string_view username) {
    const auto pool = domain::GetPool(*services_, pool_).value();
    const auto user = domain::FindUser(*store_, *pool, username).value();
    const auto page = domain::ListFamilies(*store_, *user, "", 10).value();
    EXPECT_EQ(page.families.size(), 1U);
    return page.families.empty() ? domain::TokenFamily() : page.families.front();
  }
  int64_t Now() const { return clock_.WallSeconds(); }

  // The functions of CUSTOM_AUTH: the password by SRP, where the flow begins with it, then one
  // challenge, whose right answer is "yes".
  void UseCustom() {
    const auto define = [](json::object& event) {
      const json::array& session = event.at("request").at("session").as_array();
      const bool srp = !session.empty() && session.back().at("challengeName") == "SRP_A";
      json::object& response = event.at("response").as_object();
      response["issueTokens"] =
          !session.empty() && session.back().at("challengeName") == "CUSTOM_CHALLENGE";
      response["failAuthentication"] = false;
      response["challengeName"] = srp ? "PASSWORD_VERIFIER" : "CUSTOM_CHALLENGE";
    };
    const auto create = [](json::object& event) {
      event.at("response").as_object()["publicChallengeParameters"] = {{"hint", "say yes"}};
    };
    const auto verify = [](json::object& event) {
      event.at("response").as_object()["answerCorrect"] =
          event.at("request").at("challengeAnswer") == "yes";
    };
    const json::object functions{{"DefineAuthChallenge", hooks_.Define("define", define)},
                                 {"CreateAuthChallenge", hooks_.Define("create", create)},
                                 {"VerifyAuthChallengeResponse", hooks_.Define("verify", verify)}};
    ASSERT_TRUE(Succeeded(
        Call("UpdateUserPool", json::object{{"UserPoolId", pool_}, {"LambdaConfig", functions}})));
  }

  // As a version wrote its challenges that knew no factors.
  void MakeChallengesOlder(std::string_view index) {
    const auto items = store_->List(index, "", std::nullopt, 10).value();
    ASSERT_FALSE(items.empty());
    for (const store::ListItem& item : items) {
      json::object record = json::parse(item.value).as_object();
      record.erase("Factors");
      if (const json::value* sealed = record.if_contains("Sealed")) {
        json::object state =
            json::parse(vault_.Open("custom auth", std::string(sealed->as_string())).value())
                .as_object();
        state.erase("Factors");
        record["Sealed"] = vault_.Seal("custom auth", json::serialize(state));
      }
      ASSERT_TRUE(
          store_
              ->Update([&](store::Tx& tx) {
                return tx.Put(item.key, json::serialize(record), {{std::string(index), item.sort}});
              })
              ->outcome);
    }
  }
};

TEST_F(SignInEngine, OneFlowIsShownAsJsonAndAsAPage) {
  MakeTemporary("alice");
  const auto asked = Run(sign_in::GivePassword{"alice", "Temp0rary!"});
  ASSERT_TRUE(asked.ok());
  const json::object answer = OutcomeAnswer(*asked);
  EXPECT_EQ(answer.at("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  const std::string page = PageOf(*asked);
  std::smatch found;
  ASSERT_TRUE(std::regex_search(page, found, std::regex("name=session value='([^']+)'")));
  const std::string session = found[1];
  EXPECT_EQ(answer.at("Session").as_string(), session)
      << "what the page posts is what the API answers";
  const auto done =
      Run(sign_in::GiveNewPassword{session, "alice", kPassword, domain::Attributes()});
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(PageOf(*done), "<p>You are signed in.</p>");
  const json::object tokens = OutcomeAnswer(*done);
  EXPECT_TRUE(tokens.at("AuthenticationResult").as_object().contains("IdToken"));
  EXPECT_EQ(PageOf(*Run(sign_in::GivePassword{"alice", kPassword})), "<p>You are signed in.</p>");
}

TEST_F(SignInEngine, ACustomChallengeIsShownAsJsonAndAsAPage) {
  UseCustom();
  MakeUser("alice");
  const auto asked = Run(sign_in::BeginCustom{.name = "alice", .client_value = {}});
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(OutcomeAnswer(*asked).at("ChallengeParameters").at("hint"), "say yes");
  EXPECT_NE(PageOf(*asked).find("hint: say yes"), std::string::npos);
}

TEST_F(SignInEngine, AFamilyRecordsThePasswordAndWhenItWasProved) {
  MakeUser("alice");
  SignIn("alice");
  const domain::TokenFamily family = FamilyOf("alice");
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, Now()}}));
  EXPECT_EQ(family.acr, "aal1");
  EXPECT_EQ(family.auth_time, Now());
}

TEST_F(SignInEngine, AChallengeCarriesWhatWasProvedBeforeIt) {
  MakeTemporary("alice");
  const auto asked = Run(sign_in::GivePassword{"alice", "Temp0rary!"});
  const int64_t proved = Now();
  clock_.AdvanceMillis(60'000);
  const std::string session(OutcomeAnswer(*asked).at("Session").as_string());
  ASSERT_TRUE(Run(sign_in::GiveNewPassword{session, "alice", kPassword, {}}).ok());
  const domain::TokenFamily family = FamilyOf("alice");
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, proved}}));
  EXPECT_EQ(family.auth_time, proved + 60);
}

TEST_F(SignInEngine, PasswordAndCustomChallengeAreTwoFactors) {
  UseCustom();
  MakeUser("alice");
  domain::SrpClient srp;
  const std::string client_value = srp.PublicValue();
  const auto asked = Run(sign_in::BeginCustom{.name = "alice", .client_value = client_value});
  ASSERT_TRUE(asked.ok());
  const auto& by_srp = std::get<sign_in::AskPasswordBySrp>(std::get<sign_in::Challenge>(*asked));
  const std::string timestamp = domain::SrpTimestamp(Now());
  const std::string signature = srp.Signature(pool_, by_srp.user_id, kPassword, by_srp.salt,
                                              by_srp.server_value, by_srp.secret_block, timestamp);
  const int64_t password_proved = Now();
  const auto custom =
      Run(sign_in::ProveSrp{by_srp.user_id, by_srp.secret_block, signature, timestamp});
  ASSERT_TRUE(custom.ok());
  const std::string session(OutcomeAnswer(*custom).at("Session").as_string());
  clock_.AdvanceMillis(5'000);
  ASSERT_TRUE(Run(sign_in::AnswerCustom{session, "alice", "yes"}).ok());
  const domain::TokenFamily family = FamilyOf("alice");
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, password_proved},
                                                       {domain::kCustomFactor, Now()}}));
  EXPECT_EQ(family.acr, "aal2");
}

TEST_F(SignInEngine, ChallengesOfAnOlderVersionAreFinished) {
  MakeTemporary("bob");
  const auto asked = Run(sign_in::GivePassword{"bob", "Temp0rary!"});
  MakeChallengesOlder(domain::kChallengesByExpiry);
  const std::string session(OutcomeAnswer(*asked).at("Session").as_string());
  ASSERT_TRUE(Run(sign_in::GiveNewPassword{session, "bob", kPassword, {}}).ok());
  EXPECT_EQ(FamilyOf("bob").factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, Now()}}));
  UseCustom();
  MakeUser("alice");
  const auto custom = Run(sign_in::BeginCustom{.name = "alice", .client_value = {}});
  MakeChallengesOlder(domain::LeftoverIndex(domain::Leftover::kChallenges));
  const std::string flow(OutcomeAnswer(*custom).at("Session").as_string());
  ASSERT_TRUE(Run(sign_in::AnswerCustom{flow, "alice", "yes"}).ok());
  EXPECT_EQ(FamilyOf("alice").factors, (std::vector<ProvedFactor>{{domain::kCustomFactor, Now()}}));
}

TEST_F(SignInEngine, AFamilyOfAnOlderVersionHasNoFactors) {
  MakeUser("alice");
  SignIn("alice");
  domain::TokenFamily family = FamilyOf("alice");
  family.factors.clear();
  family.acr.clear();
  ASSERT_TRUE(
      store_->Update([&](store::Tx& tx) { return domain::PutFamily(tx, family); })->outcome);
  EXPECT_EQ(store_->Get(domain::FamilyKey(family.id)).value()->find("Amr"), std::string::npos);
  EXPECT_TRUE(FamilyOf("alice").factors.empty());
  EXPECT_EQ(FamilyOf("alice").acr, "");
}

}  // namespace
}  // namespace sallyport::operations
