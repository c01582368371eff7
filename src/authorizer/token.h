// Token: a VerifiedToken as a gate keeps it: one block of memory that holds what a decision reads.
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

// The hashes under which a revocation of one token would stand in the Replica of `generation`; of
// what the token does not carry, another one of them again.
struct RevocationHashes {
  uint64_t generation = std::numeric_limits<uint64_t>::max();
  std::array<uint64_t, 5> hashes{};
};

// Counted by its users; not thread-safe, the count included.
class Token {
 public:
  // `compact` is what `verified` was made from, by `key`. Precondition: verified's `iss` is the
  // key's issuer. The caller has the one reference. The token lies in `memory` if it fits there.
  static Token* New(std::string_view compact, const jose::VerifiedToken& verified, IssuerKey& key,
                    const std::shared_ptr<TokenMemory>& memory);

  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  void Ref() { ++references_; }
  void Unref() {
    if (--references_ == 0) Delete(this);
  }

  // ---- What a decision asks
  std::string_view compact() const { return Part(kCompact); }
  // Only while the gate that verified the token lives.
  IssuerKey& key() const { return *key_; }
  std::string_view token_use() const { return Part(kTokenUse); }
  // `aud` of an ID token, `client_id` of any other.
  std::string_view client() const { return Part(kClient); }
  std::string_view scope() const { return Part(kScope); }
  int64_t exp() const { return exp_; }
  int64_t nbf() const { return nbf_; }  // 0: none
  // Whether a revocation of less than a client or a pool can name it.
  bool has_identity() const { return identity_size() != 0; }

  // Precondition: replica.reader().
  RevocationHashes Hash(const Replica& replica) const;

  // Asks for the memory that a decision reads, ahead of reading it.
  void Prefetch() const {
    for (size_t line = 0; line < kPrefetchedLines; ++line) {
      __builtin_prefetch(reinterpret_cast<const char*>(this) + line * 64);
    }
  }

  // ---- What the host asks. The view lives as long as the token.
  std::optional<std::string_view> Claim(std::string_view name);

 private:
  // What follows the object in memory, in this order.
  enum PartName { kTokenUse, kClient, kScope, kCompact, kOriginJti, kEventId, kJti, kPartCount };
  // Most tokens are not longer than this, with what comes before.
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
  // Where each part ends, counted from the end of this object. A token is at most 16 KB, and so is
  // all that was decoded from it.
  std::array<uint16_t, kPartCount> ends_{};
  // Where this object lies; nullptr: in memory of its own. Tokens may outlive the gate.
  std::shared_ptr<TokenMemory> memory_;
  // What Claim was asked for so far.
  std::forward_list<std::pair<std::string, std::optional<std::string>>> claims_;
};
static_assert(sizeof(Token) == 72);
static_assert(2 * jose::UnverifiedToken::kMaxSize <= std::numeric_limits<uint16_t>::max());

// One reference.
class TokenRef {
 public:
  TokenRef() = default;
  // Takes over the reference of the caller.
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
