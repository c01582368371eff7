#include "domain/keys/sealing.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "domain/tokens/revoke.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

class Sealing : public DomainTest {
 protected:
  // Writes the pool's key as earlier versions did; gives its PKCS#8 in Base64.
  std::string WriteInClear() {
    const auto key = keys_->Current(pool_->id).value();
    const std::string record_key = TokenKeyKey(key->kid);
    const std::string bytes = store_->Get(record_key).value().value();
    std::string pkcs8 = base::Base64Encode(base::AsBytes(key->signing.ToPkcs8().Reveal()));
    json::object record = json::parse(bytes).as_object();
    record.erase("Sealed");
    record.erase("Issuer");
    record["Pkcs8"] = pkcs8;
    EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_TRY(tx.Delete("meta/sealing"));
      return tx.Exchange(record_key, bytes, json::serialize(record)).value()
                 ? base::Status()
                 : base::InternalError("not exchanged");
    })));
    return pkcs8;
  }
  // True where a file of the store holds the text.
  bool FilesHold(const std::string& text) {
    for (const auto& file : std::filesystem::directory_iterator(directory_ + "/data")) {
      std::ostringstream bytes;
      bytes << std::ifstream(file.path(), std::ios::binary).rdbuf();
      if (bytes.str().find(text) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_F(Sealing, AKeyInClearIsSealedSignsAsBeforeAndIsInNoFileAnyMore) {
  const std::string kid = keys_->Current(pool_->id).value()->kid;
  const std::string pkcs8 = WriteInClear();
  ASSERT_TRUE(FilesHold(pkcs8));
  ASSERT_TRUE(Succeeded(SealStore(*store_, vault_)));
  const auto key = keys_->Current(pool_->id).value();
  EXPECT_EQ(key->kid, kid);
  EXPECT_EQ(key->issuer, IssuerOf(settings_, pool_->id));
  EXPECT_EQ(base::Base64Encode(base::AsBytes(key->signing.ToPkcs8().Reveal())), pkcs8);
  EXPECT_TRUE(FilesHold(pkcs8)) << "the WAL keeps what was overwritten";
  ASSERT_TRUE(Succeeded(ScrubSealed(*store_)));
  EXPECT_FALSE(FilesHold(pkcs8));
  EXPECT_TRUE(SignInAs(MakeUser(*pool_, "alice")).ok());
}

TEST_F(Sealing, WhatWasSealedBeforeACrashIsStillScrubbedAfterIt) {
  const std::string pkcs8 = WriteInClear();
  ASSERT_TRUE(Succeeded(SealStore(*store_, vault_)));
  // At the next start, no record has secrets in clear, but the files still do.
  ASSERT_TRUE(Succeeded(SealStore(*store_, vault_)));
  EXPECT_TRUE(FilesHold(pkcs8));
  ASSERT_TRUE(Succeeded(ScrubSealed(*store_)));
  EXPECT_FALSE(FilesHold(pkcs8));
}

TEST_F(Sealing, ANewStoreHasNothingToSealAndIsNotRewritten) {
  ASSERT_TRUE(Succeeded(SealStore(*store_, vault_)));
  EXPECT_EQ(store_->Get("meta/sealing").value(), "done");
  const uint64_t commits = store_->Commits();
  ASSERT_TRUE(Succeeded(SealStore(*store_, vault_)));
  ASSERT_TRUE(Succeeded(ScrubSealed(*store_)));
  EXPECT_EQ(store_->Commits(), commits);
}

}  // namespace
}  // namespace sallyport::domain
