#include "authorizer/token.h"

#include <algorithm>

namespace sallyport::authorizer {

using revocation::Kind;

Token* Token::New(std::string_view compact, const jose::VerifiedToken& verified, IssuerKey& key) {
  const jose::Claims& claims = verified.claims();
  const bool is_id_token = claims.token_use == "id";
  const std::pair<std::string_view Token::*, std::string_view> parts[] = {
      {&Token::token_use_, claims.token_use},
      {&Token::client_, is_id_token ? claims.aud : claims.client_id},
      {&Token::scope_, claims.scope},
      {&Token::compact_, compact},
      {&Token::origin_jti_, claims.origin_jti},
      {&Token::event_id_, claims.event_id},
      {&Token::jti_, claims.jti},
      {&Token::json_, claims.json},
  };
  size_t size = 0;
  for (const auto& part : parts) size += part.second.size();

  Token* const token = new (Room{size}) Token;
  char* next = reinterpret_cast<char*>(token + 1);
  for (const auto& [view, bytes] : parts) {
    token->*view = {next, bytes.size()};
    next = std::copy(bytes.begin(), bytes.end(), next);
  }
  token->key_ = &key;
  token->exp_ = claims.exp;
  token->nbf_ = claims.nbf.value_or(0);
  return token;
}

void Token::Hash(const Replica& replica) {
  const std::pair<Kind, std::string_view> subjects[] = {{Kind::kFamily, origin_jti_},
                                                        {Kind::kEvent, event_id_},
                                                        {Kind::kJti, jti_},
                                                        {Kind::kClient, client_},
                                                        {Kind::kPool, key_->issuer}};
  hash_count_ = 0;
  for (const auto& [kind, subject] : subjects) {
    if (!subject.empty()) hashes_[hash_count_++] = replica.reader()->Hash(kind, subject);
  }
  generation_ = replica.generation();
}

std::optional<std::string_view> Token::Claim(std::string_view name) {
  auto known = std::find_if(claims_.begin(), claims_.end(),
                            [name](const auto& claim) { return claim.first == name; });
  if (known == claims_.end()) {
    claims_.emplace_front(std::string(name), jose::FindClaim(json_, name));
    known = claims_.begin();
  }
  return known->second;
}

}  // namespace sallyport::authorizer
