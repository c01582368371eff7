// The public vectors of C2SP/wycheproof against this layer. Every result that differs from the
// file's is listed here and in docs/wycheproof.md, with its reason. A result that is listed but
// does not differ fails, too.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "base/encoding.h"
#include "jose/token.h"

namespace sallyport::jose {
namespace {

namespace json = boost::json;

std::optional<json::value> Load(const std::string& name) {
  const char* folder = std::getenv("SALLYPORT_VECTORS");
  std::ifstream file(std::string(folder ? folder : SALLYPORT_VECTORS_DEFAULT) + "/wycheproof/" +
                     name);
  if (!file) return std::nullopt;
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str());
}

#define LOAD_OR_SKIP(variable, name)                                 \
  const auto variable = Load(name);                                  \
  if (!variable)                                                     \
  GTEST_SKIP() << "needs data from outside the repository: " << name \
               << "; set SALLYPORT_VECTORS to the folder that holds wycheproof/"

std::string Text(const json::value& object, std::string_view name) {
  return std::string(object.at(json::string_view(name.data(), name.size())).as_string());
}

// From tcId to the reason why this layer's answer differs from the file's.
class Deviations {
 public:
  void Add(std::initializer_list<int> ids, const char* reason) {
    for (const int id : ids) reasons_[id] = reason;
  }
  void Check(const json::value& test, bool accepted) {
    const int id = static_cast<int>(test.at("tcId").as_int64());
    const std::string result = Text(test, "result");
    // "acceptable" (legacy encodings): this layer is strict and refuses.
    const bool expected = result == "valid";
    const bool listed = reasons_.erase(id) != 0;
    EXPECT_EQ(accepted != expected, listed)
        << "tcId " << id << " (" << Text(test, "comment") << ", " << result << ") was "
        << (accepted ? "accepted" : "refused");
    EXPECT_FALSE(accepted && !expected) << "tcId " << id << ": no deviation may accept";
  }
  ~Deviations() {
    for (const auto& [id, reason] : reasons_) ADD_FAILURE() << "no tcId " << id << ": " << reason;
  }

 private:
  std::map<int, const char*> reasons_;
};

TEST(Wycheproof, RsaSignature2048Sha256) {
  LOAD_OR_SKIP(file, "rsa_signature_2048_sha256_test.json");
  Deviations deviations;
  for (const json::value& group : file->at("testGroups").as_array()) {
    const json::value& jwk = group.at("publicKey");
    const auto strip = [](std::vector<uint8_t> bytes) {
      while (!bytes.empty() && bytes.front() == 0) bytes.erase(bytes.begin());
      return bytes;
    };
    const auto key =
        PublicKey::FromModulus(strip(base::HexDecode(Text(jwk, "modulus")).value()),
                               strip(base::HexDecode(Text(jwk, "publicExponent")).value()));
    ASSERT_TRUE(key) << key.error().cause;
    for (const json::value& test : group.at("tests").as_array()) {
      const auto message = base::HexDecode(Text(test, "msg")).value();
      const auto signature = base::HexDecode(Text(test, "sig")).value();
      deviations.Check(
          test,
          key->Verify({reinterpret_cast<const char*>(message.data()), message.size()}, signature));
    }
  }
}

// The key that a verifier would use for `kid`: of a set, the only one with that kid.
base::Result<PublicKey> FindKey(const json::value& jwk_or_set, std::string_view kid) {
  const base::Error none{"invalid_key", "", "no one key of that kid"};
  std::string found_kid;
  if (!jwk_or_set.as_object().contains("keys")) {
    auto key = PublicKey::FromJwk(json::serialize(jwk_or_set), &found_kid);
    return key && !found_kid.empty() && found_kid != kid ? none : std::move(key);
  }
  base::Result<PublicKey> result = none;
  for (const json::value& jwk : jwk_or_set.at("keys").as_array()) {
    auto key = PublicKey::FromJwk(json::serialize(jwk), &found_kid);
    // One bad key, or the same kid twice, and the whole set is refused.
    if (!key || (result && found_kid == kid)) return none;
    if (found_kid == kid) result = std::move(key);
  }
  return result;
}

// The payloads of the vectors are arbitrary bytes, and not claims: what counts is whether the
// signature was found to be valid.
bool SignatureAccepted(const json::value& group, std::string_view compact) {
  auto token = UnverifiedToken::Parse(compact);
  if (!token) return false;
  const json::value* public_half = group.as_object().if_contains("public");
  const auto key = FindKey(public_half ? *public_half : group.at("private"), token->kid());
  if (!key) return false;
  const auto verified = VerifiedToken::Verify(std::move(token).value(), *key);
  return verified || verified.error().cause.starts_with("payload: ");
}

void RunJws(const json::value& file, Deviations& deviations) {
  for (const json::value& group : file.at("testGroups").as_array()) {
    for (const json::value& test : group.at("tests").as_array()) {
      const json::value* jws = test.as_object().if_contains("jws");
      // A JWE, or the JSON serialization, is not a compact JWS, so it is passed on as it is.
      if (!jws) jws = test.as_object().if_contains("jwe");
      ASSERT_NE(jws, nullptr);
      const std::string compact =
          jws->is_string() ? std::string(jws->as_string()) : json::serialize(*jws);
      deviations.Check(test, SignatureAccepted(group, compact));
    }
  }
}

constexpr const char* kOnlyRs256 = "Cognito's tokens are RS256; no other algorithm is built in";
constexpr const char* kNoJwe = "Cognito's tokens are signed, never encrypted; JWE is not built in";
constexpr const char* kEmptyPayload = "an empty payload cannot be claims";
constexpr const char* kQuestionMark = "marked valid, but holds '?', which is no base64url";

TEST(Wycheproof, JsonWebSignature) {
  LOAD_OR_SKIP(file, "json_web_signature_test.json");
  Deviations deviations;
  deviations.Add({1, 18}, kOnlyRs256);
  deviations.Add({259}, kEmptyPayload);
  deviations.Add({264, 265, 266, 267, 268, 269, 270, 271}, kOnlyRs256);
  deviations.Add({272, 273, 274, 275, 287, 288}, kOnlyRs256);
  deviations.Add({320, 321, 322, 323, 325, 326, 327, 328}, kOnlyRs256);
  deviations.Add({346, 347, 348, 350, 351, 352}, kOnlyRs256);
  deviations.Add({357, 358, 359, 376, 377, 378}, kOnlyRs256);
  deviations.Add({372, 373}, kQuestionMark);
  RunJws(*file, deviations);
}

TEST(Wycheproof, JsonWebKey) {
  LOAD_OR_SKIP(file, "json_web_key_test.json");
  Deviations deviations;
  deviations.Add({2, 13, 14, 15}, kOnlyRs256);
  RunJws(*file, deviations);
}

TEST(Wycheproof, JsonWebCrypto) {
  LOAD_OR_SKIP(file, "json_web_crypto_test.json");
  Deviations deviations;
  deviations.Add({1, 18, 48}, kOnlyRs256);
  deviations.Add({50, 67}, kNoJwe);
  RunJws(*file, deviations);
}

}  // namespace
}  // namespace sallyport::jose
