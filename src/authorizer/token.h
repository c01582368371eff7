// Token: a VerifiedToken as a gate keeps it: one block of memory that holds what a decision reads.
#pragma once

#include <array>
#include <cstdint>
#include <forward_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "authorizer/replica.h"
#include "jose/token.h"

namespace sallyport::authorizer {

// Counted by its users; not thread-safe, the count included.
class Token {
 public:
  // `compact` is what `verified` was made from, by `key`. Precondition: verified's `iss` is the
  // key's issuer. The caller has the one reference.
  static Token* New(std::string_view compact, const jose::VerifiedToken& verified, IssuerKey& key);

  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  void Ref() { ++references_; }
  void Unref() {
    if (--references_ == 0) delete this;
  }

  // ---- What a decision asks
  std::string_view compact() const { return compact_; }
  // Only while the gate that verified the token lives.
  IssuerKey& key() const { return *key_; }
  std::string_view token_use() const { return token_use_; }
  // `aud` of an ID token, `client_id` of any other.
  std::string_view client() const { return client_; }
  std::string_view scope() const { return scope_; }
  int64_t exp() const { return exp_; }
  int64_t nbf() const { return nbf_; }  // 0: none
  // Whether a revocation of less than a client or a pool can name it.
  bool has_identity() const { return !origin_jti_.empty() || !event_id_.empty() || !jti_.empty(); }

  // The hashes under which a revocation of this token would stand in the file at hand.
  // Precondition: replica.reader().
  std::span<const uint64_t> RevocationHashes(const Replica& replica) {
    if (generation_ != replica.generation()) Hash(replica);
    return {hashes_.data(), hash_count_};
  }

  // ---- What the host asks. The view lives as long as the token.
  std::optional<std::string_view> Claim(std::string_view name);

  // For the cache: used since the cache last looked.
  bool recent = false;

 private:
  struct Room {
    size_t bytes;
  };
  static void* operator new(size_t size, Room room) { return ::operator new(size + room.bytes); }
  static void operator delete(void* memory, Room) { ::operator delete(memory); }
  static void operator delete(void* memory) { ::operator delete(memory); }
  Token() = default;
  ~Token() = default;
  void Hash(const Replica& replica);

  uint32_t references_ = 1;
  uint32_t hash_count_ = 0;
  uint64_t generation_ = std::numeric_limits<uint64_t>::max();
  std::array<uint64_t, 5> hashes_{};
  IssuerKey* key_ = nullptr;
  int64_t exp_ = 0, nbf_ = 0;
  // Views of the bytes that follow this object, in this order.
  std::string_view token_use_, client_, scope_, compact_, origin_jti_, event_id_, jti_, json_;
  // What Claim was asked for so far.
  std::forward_list<std::pair<std::string, std::optional<std::string>>> claims_;
};

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
