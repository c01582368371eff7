// Token: a VerifiedToken as a gate stores it: one block of memory with everything that a decision
// reads.
#pragma once

#include <array>
#include <cstdint>
#include <forward_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "authorizer/replica.h"
#include "authorizer/token_memory.h"
#include "jose/token.h"

namespace sallyport::authorizer {

// The hashes by which the Replica of `generation` would contain revocations of one token. For an
// identifier that the token does not have, another of its hashes is repeated.
struct RevocationHashes {
  uint64_t generation = std::numeric_limits<uint64_t>::max();
  std::array<uint64_t, 5> hashes{};
};

// Reference counted. Not thread-safe, and neither is the count.
class Token {
 public:
  // `verified` was made from `compact` by means of `key`. Precondition: its `iss` is the key's
  // issuer. The caller owns the only reference. The token is placed in `memory` if it fits there.
  static Token* New(std::string_view compact, const jose::VerifiedToken& verified, IssuerKey& key,
                    const std::shared_ptr<TokenMemory>& memory);

  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  void Ref() { ++references_; }
  void Unref() {
    if (--references_ == 0) Delete(this);
  }

  // ---- For decisions
  std::string_view compact() const { return Part(kCompact); }
  // May be used only while the gate that verified the token exists.
  IssuerKey& key() const { return *key_; }
  std::string_view token_use() const { return Part(kTokenUse); }
  // `aud` of an ID token, `client_id` of any other token.
  std::string_view client() const { return Part(kClient); }
  std::string_view scope() const { return Part(kScope); }
  int64_t exp() const { return exp_; }
  int64_t nbf() const { return nbf_; }  // 0: none
  // Whether the token has an identifier by which it, or its family, can be revoked.
  bool has_identity() const { return identity_size() != 0; }

  // Precondition: replica.reader() is not null.
  RevocationHashes Hash(const Replica& replica) const;

  // Asks the processor to load what a decision reads, before it reads it.
  void Prefetch() const {
    for (size_t line = 0; line < kPrefetchedLines; ++line) {
      __builtin_prefetch(reinterpret_cast<const char*>(this) + line * 64);
    }
  }

  // ---- For the host. The view is valid as long as the token exists.
  std::optional<std::string_view> Claim(std::string_view name);

 private:
  // What follows the object in memory, in this order.
  enum PartName { kTokenUse, kClient, kScope, kCompact, kOriginJti, kEventId, kJti, kPartCount };
  // Most tokens, with what precedes them, are not longer than this.
  static constexpr size_t kPrefetchedLines = 20;

  static void Delete(Token* token);
  Token() = default;
  ~Token() = default;

  std::string_view Part(PartName part) const {
    const size_t begin = part == 0 ? 0 : ends_[part - 1];
    return {reinterpret_cast<const char*>(this + 1) + begin, ends_[part] - begin};
  }
  size_t identity_size() const { return ends_[kJti] - ends_[kCompact]; }

  IssuerKey* key_ = nullptr;
  uint64_t references_ = 1;
  int64_t exp_ = 0, nbf_ = 0;
  // Where each part ends, counted from the end of this object. A token has at most 16 KB, and so
  // has everything that is decoded from it.
  std::array<uint16_t, kPartCount> ends_{};
  // Where this object is placed; nullptr: in memory of its own. Tokens may outlive the gate.
  std::shared_ptr<TokenMemory> memory_;
  // The claims that were asked for so far.
  std::forward_list<std::pair<std::string, std::optional<std::string>>> claims_;
};
static_assert(sizeof(Token) == 72);
static_assert(2 * jose::UnverifiedToken::kMaxSize <= std::numeric_limits<uint16_t>::max());

// Owns one reference.
class TokenRef {
 public:
  TokenRef() = default;
  // Takes over a reference from the caller.
  explicit TokenRef(Token* token) : token_(token) {}
  static TokenRef Share(Token* token) {
    token->Ref();
    return TokenRef(token);
  }
  TokenRef(TokenRef&& other) noexcept : token_(other.Release()) {}
  TokenRef& operator=(TokenRef&& other) noexcept {
    std::swap(token_, other.token_);
    return *this;
  }
  ~TokenRef() {
    if (token_) token_->Unref();
  }

  Token* Release() { return std::exchange(token_, nullptr); }
  Token* get() const { return token_; }
  Token* operator->() const { return token_; }
  Token& operator*() const { return *token_; }
  explicit operator bool() const { return token_ != nullptr; }

 private:
  Token* token_ = nullptr;
};

}  // namespace sallyport::authorizer
