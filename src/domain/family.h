// TokenFamily: all tokens that descend from one sign-in.
//
// Record "family/{id}". A family is alive while it is not revoked, its user exists with the same
// sign-out generation, and its refresh token has not expired.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"

namespace sallyport::store {
class Reader;
class Store;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct User;

struct TokenFamily {
  // The origin_jti of its tokens; where they carry none (EnableTokenRevocation=false at sign-in),
  // their event_id.
  std::string id;
  bool carries_origin_jti = true;
  std::string event_id;
  std::string pool_id;
  std::string sub;
  std::string client_id;
  int64_t auth_time = 0;  // Unix seconds
  int64_t created_millis = 0;
  // When tokens were last issued; behind by up to the batching of FamilyKeeper.
  int64_t last_used_millis = 0;
  int64_t refresh_expires = 0;  // Unix seconds
  std::string refresh_hash;     // of the refresh token's secret, base64url; the secret is not kept
  uint64_t generation = 0;      // the user's when it was born
  bool revoked = false;
};

std::string FamilyKey(std::string_view family_id);

// nullopt where there is none.
base::Result<std::optional<TokenFamily>> GetFamily(store::Reader& reader,
                                                   std::string_view family_id);
// Writes the record and its index rows.
base::Status PutFamily(store::Tx& tx, const TokenFamily& family);

// False: revoked by itself or with its user (null: the user is gone). Expiry is not looked at.
bool IsAlive(const TokenFamily& family, const User* user);

// Calls `visit` for each family of the user's present generation that was not revoked by itself.
// Within a commit, after the anchor was written.
base::Status VisitFamilies(store::Reader& reader, const User& user,
                           const std::function<base::Status(TokenFamily&)>& visit);

// ---- Refresh tokens: "spr1." and base64url of family id and secret. Opaque to all but this file.

struct RefreshToken {
  std::string family_id;
  std::string secret_hash;
};
// A new token for `family`; sets family.refresh_hash.
std::string MakeRefreshToken(TokenFamily& family);
// nullopt: no refresh token of ours.
std::optional<RefreshToken> ParseRefreshToken(std::string_view text);
// True where `token` is the family's present refresh token.
bool Matches(const TokenFamily& family, const RefreshToken& token);

// ---- Upkeep

// Notes last uses and writes them once a second, so that a refresh needs no commit of its own;
// deletes families and challenges that have long expired, in small commits. Thread-safe; runs one
// thread.
class FamilyKeeper {
 public:
  FamilyKeeper(store::Store& store, const base::Clock& clock);
  // Writes what is noted, then ends the thread.
  ~FamilyKeeper();
  FamilyKeeper(const FamilyKeeper&) = delete;
  FamilyKeeper& operator=(const FamilyKeeper&) = delete;

  void NoteUse(const std::string& family_id, int64_t now_millis);
  // Does now what the thread does once a second.
  base::Status Flush();
  // Deletes what has expired. The thread calls it once a minute.
  base::Status DeleteExpired();

 private:
  void Run();

  store::Store& store_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::unordered_map<std::string, int64_t> uses_;
  std::thread thread_;
};

}  // namespace sallyport::domain
