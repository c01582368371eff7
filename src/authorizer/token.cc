#include "authorizer/token.h"

#include <algorithm>
#include <new>

#include "base/encoding.h"

namespace sallyport::authorizer {

using revocation::Kind;

namespace {
// Aligned, so that a token occupies as few cache lines as possible.
constexpr std::align_val_t kLine{64};
}  // namespace

Token* Token::New(std::string_view compact, const jose::VerifiedToken& verified, IssuerKey& key,
                  const std::shared_ptr<TokenMemory>& memory) {
  const jose::Claims& claims = verified.claims();
  const bool is_id_token = claims.token_use == "id";
  std::array<std::string_view, kPartCount> parts;
  parts[kTokenUse] = claims.token_use;
  parts[kClient] = is_id_token ? claims.aud : claims.client_id;
  parts[kScope] = claims.scope;
  parts[kCompact] = compact;
  parts[kOriginJti] = claims.origin_jti;
  parts[kEventId] = claims.event_id;
  parts[kJti] = claims.jti;
  size_t size = sizeof(Token);
  for (const std::string_view part : parts) size += part.size();

  const bool fits = size <= TokenMemory::kSlotBytes;
  Token* const token = new (fits ? memory->Take() : ::operator new(size, kLine)) Token;
  if (fits) token->memory_ = memory;
  char* const begin = reinterpret_cast<char*>(token + 1);
  char* next = begin;
  for (size_t i = 0; i < parts.size(); ++i) {
    next = std::copy(parts[i].begin(), parts[i].end(), next);
    token->ends_[i] = static_cast<uint16_t>(next - begin);
  }
  token->key_ = &key;
  token->exp_ = claims.exp;
  token->nbf_ = claims.nbf.value_or(0);
  return token;
}

void Token::Delete(Token* token) {
  const std::shared_ptr<TokenMemory> memory = std::move(token->memory_);
  token->~Token();
  if (memory) {
    memory->Give(token);
  } else {
    ::operator delete(token, kLine);
  }
}

RevocationHashes Token::Hash(const Replica& replica) const {
  RevocationHashes result;
  const std::pair<Kind, std::string_view> subjects[] = {{Kind::kPool, key_->issuer},
                                                        {Kind::kFamily, Part(kOriginJti)},
                                                        {Kind::kEvent, Part(kEventId)},
                                                        {Kind::kJti, Part(kJti)},
                                                        {Kind::kClient, client()}};
  for (size_t i = 0; i < result.hashes.size(); ++i) {
    const auto& [kind, subject] = subjects[i];
    // The first one, the issuer, is never empty.
    result.hashes[i] = subject.empty() ? result.hashes[0] : replica.reader()->Hash(kind, subject);
  }
  result.generation = replica.generation();
  return result;
}

std::optional<std::string_view> Token::Claim(std::string_view name) {
  auto known = std::find_if(claims_.begin(), claims_.end(),
                            [name](const auto& claim) { return claim.first == name; });
  if (known == claims_.end()) {
    // The payload is decoded again for each claim that is asked for; storing it would double the
    // size of a token.
    const size_t begin = compact().find('.') + 1;
    const auto payload =
        base::Base64UrlDecode(compact().substr(begin, compact().rfind('.') - begin)).value();
    const std::string_view json(reinterpret_cast<const char*>(payload.data()), payload.size());
    claims_.emplace_front(std::string(name), jose::FindClaim(json, name));
    known = claims_.begin();
  }
  return known->second;
}

}  // namespace sallyport::authorizer
