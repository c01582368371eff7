#include "operations/shared/sign_in_answer.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "domain/attributes.h"

namespace sallyport::operations {

namespace json = boost::json;

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

json::object NewPasswordAnswer(const domain::Pool& pool, const domain::User& user,
                               std::string_view session) {
  json::array required;
  for (const std::string& name : domain::MissingAttributes(pool, user.attributes)) {
    required.emplace_back("userAttributes." + name);
  }
  json::object attributes;
  for (const auto& [name, value] : user.attributes) attributes[name] = value;
  return {{"ChallengeName", "NEW_PASSWORD_REQUIRED"},
          {"Session", session},
          {"ChallengeParameters", json::object{{"USER_ID_FOR_SRP", user.username},
                                               {"requiredAttributes", json::serialize(required)},
                                               {"userAttributes", json::serialize(attributes)}}}};
}

}  // namespace sallyport::operations
