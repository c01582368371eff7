// CUSTOM_AUTH: what functions are asked, what their answers lead to, and how the state of a flow is
// kept between calls.
#include <atomic>
#include <thread>

#include "domain/clients/secret_hash.h"
#include "srp_proof.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kIncorrect = "Incorrect username or password.";
constexpr std::string_view kUsed = "Invalid session for the user, session can only be used once.";

// Two right answers are required, and wrong ones are forgiven.
void DefineThree(json::object& event) {
  json::object& response = event.at("response").as_object();
  int64_t right = 0;
  for (const json::value& entry : event.at("request").at("session").as_array()) {
    if (entry.at("challengeName") == "CUSTOM_CHALLENGE" && entry.at("challengeResult").as_bool()) {
      ++right;
    }
  }
  const json::array& session = event.at("request").at("session").as_array();
  const bool password =
      !session.empty() && session.back().at("challengeName").as_string() == "SRP_A";
  response["issueTokens"] = right == 2;
  response["failAuthentication"] = false;
  response["challengeName"] = password ? "PASSWORD_VERIFIER" : "CUSTOM_CHALLENGE";
}

void CreateNumbered(json::object& event) {
  json::object& response = event.at("response").as_object();
  const size_t round = event.at("request").at("session").as_array().size();
  response["publicChallengeParameters"] = {{"hint", "h" + std::to_string(round)}, {"round", round}};
  response["privateChallengeParameters"] = {{"answer", "a" + std::to_string(round)}};
  response["challengeMetadata"] = "M" + std::to_string(round);
}

void VerifyNumbered(json::object& event) {
  const json::value& request = event.at("request");
  event.at("response").as_object()["answerCorrect"] =
      request.at("challengeAnswer") == request.at("privateChallengeParameters").at("answer");
}

class CustomAuth : public UserTest {
 protected:
  CustomAuth() {
    Configure();
    client_ = CustomClient("LEGACY");
    MakeUser("alice", AttributeList({{"email", "alice@example.com"}}));
  }

  void Configure(const domain::ScriptedHooks::Handler& define = DefineThree,
                 const domain::ScriptedHooks::Handler& create = CreateNumbered,
                 const domain::ScriptedHooks::Handler& verify = VerifyNumbered) {
    SetFunctions({{"DefineAuthChallenge", hooks_.Define("define", define)},
                  {"CreateAuthChallenge", hooks_.Define("create", create)},
                  {"VerifyAuthChallengeResponse", hooks_.Define("verify", verify)}});
  }

  void SetFunctions(const json::object& config) {
    ASSERT_TRUE(Succeeded(
        Call("UpdateUserPool", json::object{{"UserPoolId", pool_}, {"LambdaConfig", config}})));
  }

  std::string CustomClient(std::string_view existence_errors, json::object more = {}) {
    more["PreventUserExistenceErrors"] = existence_errors;
    more["ExplicitAuthFlows"] = {"ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
                                 "ALLOW_USER_PASSWORD_AUTH"};
    return MakeClient(pool_, std::move(more));
  }

  Reply Begin(std::string_view name, json::object more = {}) {
    more["USERNAME"] = name;
    return Call("InitiateAuth", json::object{{"ClientId", client_},
                                             {"AuthFlow", "CUSTOM_AUTH"},
                                             {"AuthParameters", std::move(more)},
                                             {"ClientMetadata", {{"at", "start"}}}});
  }

  Reply Answer(const Reply& asked, std::string_view answer, std::string_view name = "alice") {
    return Call("RespondToAuthChallenge",
                json::object{{"ClientId", client_},
                             {"ChallengeName", "CUSTOM_CHALLENGE"},
                             {"Session", asked.Text("Session")},
                             {"ChallengeResponses", {{"USERNAME", name}, {"ANSWER", answer}}},
                             {"ClientMetadata", {{"from", "answer"}}}});
  }

  json::value RequestOf(std::string_view source) { return hooks_.LastEvent(source).at("request"); }

  // The responses that prove `password` to a PASSWORD_VERIFIER.
  Reply Prove(const Reply& begun, std::string_view password = kPassword) {
    return Call("RespondToAuthChallenge",
                json::object{{"ClientId", client_},
                             {"ChallengeName", "PASSWORD_VERIFIER"},
                             {"ChallengeResponses",
                              SrpProof(srp_, pool_, begun, password, clock_.WallSeconds())}});
  }
  Reply BeginSrp(std::string_view name = "alice") {
    return Begin(name, {{"CHALLENGE_NAME", "SRP_A"}, {"SRP_A", srp_.PublicValue()}});
  }

  domain::SrpClient srp_;
};

TEST_F(CustomAuth, AsksWhatTheFunctionsSayAndEndsInTokens) {
  IgnoreCase();
  const Reply first = Begin("ALICE");
  ASSERT_TRUE(Succeeded(first));
  EXPECT_EQ(first.Text("ChallengeName"), "CUSTOM_CHALLENGE");
  EXPECT_EQ(first.At("ChallengeParameters"),
            json::value({{"hint", "h0"}, {"round", "0"}, {"USERNAME", "alice"}}));
  const Reply second = Answer(first, "a0");
  ASSERT_TRUE(Succeeded(second));
  EXPECT_EQ(second.Text("ChallengeParameters.hint"), "h1");
  const Reply third = Answer(second, "wrong");
  ASSERT_TRUE(Succeeded(third)) << "Define Auth Challenge forgives";
  const Reply done = Answer(third, "a2");
  ASSERT_TRUE(Succeeded(done));
  const Tokens tokens = TokensOf(done);
  EXPECT_EQ(ClaimsOf(tokens.access).at("username").as_string(), "alice");
  EXPECT_TRUE(AccessTokenLives(tokens));
  EXPECT_TRUE(RefreshTokenLives(tokens));
}

TEST_F(CustomAuth, FunctionsGetAwssEvents) {
  const Reply first = Begin("alice");
  const json::object define = hooks_.LastEvent("DefineAuthChallenge_Authentication");
  EXPECT_EQ(define.at("userName"), "alice");
  EXPECT_EQ(define.at("callerContext").at("clientId").as_string(), client_);
  const json::object& asked = define.at("request").as_object();
  EXPECT_EQ(asked.at("session"), json::array());
  EXPECT_EQ(asked.at("userAttributes").at("email").as_string(), "alice@example.com");
  EXPECT_EQ(asked.at("userAttributes").at("cognito:user_status").as_string(), "CONFIRMED");
  EXPECT_FALSE(asked.contains("clientMetadata")) << "AWS hands on that of the answers alone";
  EXPECT_FALSE(asked.contains("userNotFound")) << "told where the client hides who exists";
  EXPECT_EQ(define.at("response"), json::value({{"challengeName", nullptr},
                                                {"issueTokens", nullptr},
                                                {"failAuthentication", nullptr}}));

  const Reply second = Answer(first, "wrong");
  const json::value metadata{{"from", "answer"}};
  const json::value verify = RequestOf("VerifyAuthChallengeResponse_Authentication");
  EXPECT_EQ(verify.at("privateChallengeParameters"), json::value({{"answer", "a0"}}));
  EXPECT_EQ(verify.at("challengeAnswer"), "wrong");
  EXPECT_EQ(verify.at("clientMetadata"), metadata);
  const json::value session = json::array{json::object{{"challengeName", "CUSTOM_CHALLENGE"},
                                                       {"challengeResult", false},
                                                       {"challengeMetadata", "M0"}}};
  EXPECT_EQ(RequestOf("DefineAuthChallenge_Authentication").at("session"), session);
  const json::value create = RequestOf("CreateAuthChallenge_Authentication");
  EXPECT_EQ(create.at("session"), session);
  EXPECT_EQ(create.at("challengeName"), "CUSTOM_CHALLENGE");
  EXPECT_EQ(create.at("clientMetadata"), metadata);
}

TEST_F(CustomAuth, ASessionIsGoodForOneAnswerAndCallsFunctionsOnce) {
  const Reply first = Begin("alice");
  ASSERT_TRUE(Succeeded(Answer(first, "a0")));
  const size_t events = hooks_.events().size();
  EXPECT_TRUE(FailedWith(Answer(first, "a0"), "NotAuthorizedException", kUsed));
  EXPECT_EQ(hooks_.events().size(), events);
}

TEST_F(CustomAuth, OfManyAnswersAtOnceOneIsVerified) {
  std::atomic<int> verified = 0;
  Configure(DefineThree, CreateNumbered, [&](json::object& event) {
    ++verified;
    VerifyNumbered(event);
  });
  const Reply first = Begin("alice");
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] { won += Answer(first, "a" + std::to_string(i)).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(verified, 1) << "so guesses sent together are worth no more than one";
}

TEST_F(CustomAuth, ASessionIsItsClientsItsUsersAndExpires) {
  Reply first = Begin("alice");
  const std::string own = client_;
  client_ = CustomClient("LEGACY");
  EXPECT_FALSE(Answer(first, "a0").ok());
  client_ = own;
  MakeUser("bob");
  EXPECT_TRUE(FailedWith(Answer(first, "a0", "bob"), "NotAuthorizedException",
                         "Invalid session for the user."));
  clock_.AdvanceMillis(3 * 60'000);
  EXPECT_TRUE(FailedWith(Answer(first, "a0"), "NotAuthorizedException",
                         "Invalid session for the user, session is expired."));

  first = Begin("alice");
  ASSERT_TRUE(Succeeded(
      Admin("AdminSetUserPassword", "alice", {{"Password", kPassword}, {"Permanent", true}})));
  EXPECT_FALSE(Answer(first, "a0").ok()) << "the password was set anew meanwhile";
  first = Begin("alice");
  Restart();
  EXPECT_TRUE(Succeeded(Answer(first, "a0")));
}

TEST_F(CustomAuth, WhatIsPrivateIsNotInTheStoreInClear) {
  ASSERT_TRUE(Succeeded(Begin("alice")));
  const auto items =
      store_->List(domain::LeftoverIndex(domain::Leftover::kChallenges), "", std::nullopt, 10);
  ASSERT_TRUE(items.ok());
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(items->front().value.find("answer"), std::string::npos) << items->front().value;
}

TEST_F(CustomAuth, TheFunctionThatFailsOrGivesUpEndsIt) {
  Configure([](json::object& event) {
    event.at("response").as_object()["failAuthentication"] = true;
    event.at("response").as_object()["issueTokens"] = true;
  });
  EXPECT_TRUE(FailedWith(Begin("alice"), "NotAuthorizedException", kIncorrect));
  Configure(DefineThree, [](json::object&) { throw std::runtime_error("no SMS today"); });
  EXPECT_TRUE(FailedWith(Begin("alice"), "UserLambdaValidationException",
                         "CreateAuthChallenge failed with error no SMS today."));
  Configure(DefineThree, CreateNumbered, [](json::object&) { throw std::runtime_error("down"); });
  const Reply first = Begin("alice");
  EXPECT_TRUE(FailedWith(Answer(first, "a0"), "UserLambdaValidationException",
                         "VerifyAuthChallengeResponse failed with error down."));
  Configure();
  EXPECT_TRUE(FailedWith(Answer(first, "a0"), "NotAuthorizedException", kUsed));
}

TEST_F(CustomAuth, AnswersThatAreNoneAreRefused) {
  constexpr std::string_view kInvalid = "InvalidLambdaResponseException";
  constexpr std::string_view kUnrecognizable = "Unrecognizable lambda output";
  const auto with = [](std::string_view member, const json::value& value) {
    return [=](json::object& event) {
      DefineThree(event);
      event.at("response").as_object()[member] = value;
    };
  };
  for (const auto& define : {with("issueTokens", "true"), with("challengeName", "SMS_MFA"),
                             with("challengeName", nullptr), with("failAuthentication", 0),
                             with("challengeName", "PASSWORD_VERIFIER")}) {
    Configure(define);
    EXPECT_TRUE(FailedWith(Begin("alice"), kInvalid, kUnrecognizable));
  }
  const auto creating = [](std::string_view member, const json::value& value) {
    return [=](json::object& event) { event.at("response").as_object()[member] = value; };
  };
  for (const auto& create :
       {creating("publicChallengeParameters", "x"), creating("challengeMetadata", 1),
        creating("privateChallengeParameters", json::object{{"a", json::array()}}),
        creating("privateChallengeParameters", json::object{{"a", std::string(40'000, 'x')}})}) {
    Configure(DefineThree, create);
    EXPECT_TRUE(FailedWith(Begin("alice"), kInvalid, kUnrecognizable));
  }
  Configure(DefineThree, CreateNumbered, [](json::object&) {});
  const Reply second = Answer(Begin("alice"), "a0");
  ASSERT_TRUE(Succeeded(second));
  EXPECT_EQ(
      RequestOf("DefineAuthChallenge_Authentication").at("session").at(0).at("challengeResult"),
      false)
      << "no answerCorrect: it is not correct";
}

TEST_F(CustomAuth, AFlowThatNoFunctionEndsIsEnded) {
  Reply reply = Begin("alice");
  int rounds = 0;
  for (; reply.ok() && rounds < 100; ++rounds) reply = Answer(reply, "wrong");
  EXPECT_TRUE(FailedWith(reply, "NotAuthorizedException", kIncorrect));
  EXPECT_EQ(rounds, 32);
}

TEST_F(CustomAuth, NeedsAFlowThatIsAllowedAndAFunction) {
  const std::string own = client_;
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  EXPECT_EQ(Begin("alice").code, "InvalidParameterException");
  client_ = own;
  SetFunctions({});
  EXPECT_TRUE(FailedWith(Begin("alice"), "InvalidParameterException",
                         "Custom auth lambda trigger is not configured for the user pool."));
  SetFunctions({{"DefineAuthChallenge", hooks_.Define("define", DefineThree)}});
  EXPECT_EQ(Begin("alice").code, "UserLambdaValidationException") << "none creates challenges";
  SetFunctions({{"DefineAuthChallenge", hooks_.Define("define", DefineThree)},
                {"CreateAuthChallenge", hooks_.Define("create", CreateNumbered)}});
  EXPECT_EQ(Answer(Begin("alice"), "a0").code, "UserLambdaValidationException");
}

TEST_F(CustomAuth, AUserWhoDoesNotExistIsHiddenAndGetsNoTokens) {
  EXPECT_TRUE(FailedWith(Begin("nobody"), "UserNotFoundException", "User does not exist."));
  client_ = CustomClient("ENABLED");
  const Reply first = Begin("nobody");
  ASSERT_TRUE(Succeeded(first));
  EXPECT_EQ(first.Text("ChallengeParameters.USERNAME"), "nobody");
  const json::value request = RequestOf("DefineAuthChallenge_Authentication");
  EXPECT_EQ(request.at("userNotFound"), true);
  EXPECT_EQ(request.at("userAttributes"), json::object());
  const Reply second = Answer(first, "a0", "nobody");
  ASSERT_TRUE(Succeeded(second));
  EXPECT_EQ(RequestOf("VerifyAuthChallengeResponse_Authentication").at("userNotFound"), true);
  EXPECT_TRUE(FailedWith(Answer(second, "a1", "nobody"), "NotAuthorizedException", kIncorrect))
      << "the functions say issueTokens";
  ASSERT_TRUE(Succeeded(Begin("alice")));
  EXPECT_EQ(RequestOf("DefineAuthChallenge_Authentication").at("userNotFound"), false);
}

TEST_F(CustomAuth, UsersWhoMayNotSignInDoNot) {
  const Reply first = Begin("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  const Reply second = Answer(first, "a0");
  ASSERT_TRUE(Succeeded(second));
  EXPECT_TRUE(FailedWith(Answer(second, "a1"), "NotAuthorizedException", "User is disabled."));
  EXPECT_TRUE(FailedWith(Begin("alice"), "NotAuthorizedException", "User is disabled."));
  ASSERT_TRUE(Succeeded(
      Call("SignUp",
           json::object{{"ClientId", client_}, {"Username", "carol"}, {"Password", kPassword}})));
  EXPECT_TRUE(FailedWith(Begin("carol"), "UserNotConfirmedException", "User is not confirmed."));

  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "dave", {{"MessageAction", "SUPPRESS"}})));
  const Reply dave = Answer(Answer(Begin("dave"), "a0", "dave"), "a1", "dave");
  ASSERT_TRUE(Succeeded(dave));
  EXPECT_FALSE(TokensOf(dave).access.empty()) << "without a password there is none to change";
}

TEST_F(CustomAuth, BeginsWithThePasswordWhereTheAppSaysSo) {
  const Reply begun = BeginSrp();
  ASSERT_TRUE(Succeeded(begun));
  ASSERT_EQ(begun.Text("ChallengeName"), "PASSWORD_VERIFIER");
  const json::object srp_a{
      {"challengeName", "SRP_A"}, {"challengeResult", true}, {"challengeMetadata", nullptr}};
  EXPECT_EQ(RequestOf("DefineAuthChallenge_Authentication").at("session"), json::array{srp_a});
  const Reply first = Prove(begun);
  ASSERT_TRUE(Succeeded(first));
  EXPECT_EQ(first.Text("ChallengeName"), "CUSTOM_CHALLENGE");
  EXPECT_EQ(first.Text("ChallengeParameters.hint"), "h2");
  const json::object verifier{{"challengeName", "PASSWORD_VERIFIER"},
                              {"challengeResult", true},
                              {"challengeMetadata", nullptr}};
  const json::array session{srp_a, verifier};
  EXPECT_EQ(RequestOf("DefineAuthChallenge_Authentication").at("session"), session);
  EXPECT_TRUE(FailedWith(Prove(begun), "NotAuthorizedException", kUsed));
  EXPECT_FALSE(TokensOf(Answer(Answer(first, "a2"), "a3")).access.empty());

  const size_t events = hooks_.events().size();
  const Reply other = BeginSrp();
  EXPECT_TRUE(FailedWith(Prove(other, "Wr0ngword!"), "NotAuthorizedException", kIncorrect));
  EXPECT_TRUE(FailedWith(Prove(other), "NotAuthorizedException", kUsed));
  EXPECT_EQ(hooks_.events().size(), events + 1) << "a wrong password is no function's business";
}

TEST_F(CustomAuth, AProvedTemporaryPasswordHasToBeChangedInTheEnd) {
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "dave",
                              {{"TemporaryPassword", kPassword}, {"MessageAction", "SUPPRESS"}})));
  const Reply first = Prove(BeginSrp("dave"));
  const Reply done = Answer(Answer(first, "a2", "dave"), "a3", "dave");
  ASSERT_TRUE(Succeeded(done));
  EXPECT_EQ(done.Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
}

TEST_F(CustomAuth, TheFunctionsAroundASignInAreCalled) {
  const auto leave = [](json::object&) {};
  SetFunctions({{"DefineAuthChallenge", hooks_.Define("define", DefineThree)},
                {"CreateAuthChallenge", hooks_.Define("create", CreateNumbered)},
                {"VerifyAuthChallengeResponse", hooks_.Define("verify", VerifyNumbered)},
                {"PreAuthentication", hooks_.Define("pre", leave)},
                {"PostAuthentication", hooks_.Define("post", leave)},
                {"PreTokenGeneration", hooks_.Define("tokens", leave)}});
  ASSERT_TRUE(Succeeded(Answer(Answer(Begin("alice"), "a0"), "a1")));
  std::vector<std::string> sources;
  for (const json::object& event : hooks_.events()) {
    sources.emplace_back(event.at("triggerSource").as_string());
  }
  const std::vector<std::string> expected{
      "PreAuthentication_Authentication",           "DefineAuthChallenge_Authentication",
      "CreateAuthChallenge_Authentication",         "VerifyAuthChallengeResponse_Authentication",
      "DefineAuthChallenge_Authentication",         "CreateAuthChallenge_Authentication",
      "VerifyAuthChallengeResponse_Authentication", "DefineAuthChallenge_Authentication",
      "PostAuthentication_Authentication",          "TokenGeneration_Authentication"};
  EXPECT_EQ(sources, expected);
}

TEST_F(CustomAuth, AnAdministratorsCallGoesTheSameWay) {
  Reply reply =
      Call("AdminInitiateAuth", json::object{{"UserPoolId", pool_},
                                             {"ClientId", client_},
                                             {"AuthFlow", "CUSTOM_AUTH"},
                                             {"AuthParameters", {{"USERNAME", "alice"}}}});
  for (const std::string_view answer : {"a0", "a1"}) {
    ASSERT_TRUE(Succeeded(reply));
    reply = Call("AdminRespondToAuthChallenge",
                 json::object{{"UserPoolId", pool_},
                              {"ClientId", client_},
                              {"ChallengeName", "CUSTOM_CHALLENGE"},
                              {"Session", reply.Text("Session")},
                              {"ChallengeResponses", {{"USERNAME", "alice"}, {"ANSWER", answer}}}});
  }
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_TRUE(AccessTokenLives(TokensOf(reply)));
}

TEST_F(CustomAuth, AClientWithASecretProvesItAtEachStep) {
  client_ = CustomClient("LEGACY", {{"GenerateSecret", true}});
  EXPECT_EQ(Begin("alice").code, "NotAuthorizedException");
  const std::string secret =
      Call("DescribeUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", client_}})
          .Text("UserPoolClient.ClientSecret");
  const std::string hash = domain::SecretHash(secret, "alice", client_);
  const Reply first = Begin("alice", {{"SECRET_HASH", hash}});
  ASSERT_TRUE(Succeeded(first));
  EXPECT_EQ(Answer(first, "a0").code, "NotAuthorizedException");
  EXPECT_TRUE(Succeeded(
      Call("RespondToAuthChallenge",
           json::object{{"ClientId", client_},
                        {"ChallengeName", "CUSTOM_CHALLENGE"},
                        {"Session", first.Text("Session")},
                        {"ChallengeResponses",
                         {{"USERNAME", "alice"}, {"ANSWER", "a0"}, {"SECRET_HASH", hash}}}})))
      << "an answer without the hash has not used it up";
}

}  // namespace
}  // namespace sallyport::operations
