#include "operations/sign_in/answer.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>
#include <variant>

namespace sallyport::operations {

namespace json = boost::json;

namespace {

json::object Answer(const sign_in::AskNewPassword& asked) {
  json::array required;
  for (const std::string& name : asked.missing) required.emplace_back("userAttributes." + name);
  json::object attributes;
  for (const auto& [name, value] : asked.attributes) attributes[name] = value;
  return {{"ChallengeName", "NEW_PASSWORD_REQUIRED"},
          {"Session", asked.session},
          {"ChallengeParameters", json::object{{"USER_ID_FOR_SRP", asked.username},
                                               {"requiredAttributes", json::serialize(required)},
                                               {"userAttributes", json::serialize(attributes)}}}};
}

json::object Answer(const sign_in::AskPasswordBySrp& asked) {
  return {{"ChallengeName", "PASSWORD_VERIFIER"},
          {"ChallengeParameters", json::object{{"SALT", asked.salt},
                                               {"SECRET_BLOCK", asked.session},
                                               {"SRP_B", asked.server_value},
                                               {"USERNAME", asked.user_id},
                                               {"USER_ID_FOR_SRP", asked.user_id}}}};
}

json::object Answer(const sign_in::AskCustom& asked) {
  json::object parameters;
  for (const auto& [name, value] : asked.parameters) parameters[name] = value;
  parameters["USERNAME"] = asked.user_id;
  return {{"ChallengeName", "CUSTOM_CHALLENGE"},
          {"Session", asked.session},
          {"ChallengeParameters", std::move(parameters)}};
}

}  // namespace

json::object AuthenticationResult(const domain::IssuedTokens& tokens) {
  json::object result{{"AccessToken", tokens.access_token},
                      {"ExpiresIn", tokens.expires_in},
                      {"TokenType", "Bearer"},
                      {"IdToken", tokens.id_token}};
  if (!tokens.refresh_token.empty()) result["RefreshToken"] = tokens.refresh_token;
  return result;
}

json::object TokensAnswer(const domain::IssuedTokens& tokens) {
  json::object answer;
  answer["ChallengeParameters"] = json::object();
  answer["AuthenticationResult"] = AuthenticationResult(tokens);
  return answer;
}

json::object ChallengeAnswer(const sign_in::Challenge& challenge) {
  return std::visit([](const auto& asked) { return Answer(asked); }, challenge);
}

}  // namespace sallyport::operations
