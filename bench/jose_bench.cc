// What a signature and a verification cost, each beside the bare operation of OpenSSL.
#include <benchmark/benchmark.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <string>

#include "base/encoding.h"
#include "jose/token.h"

namespace sallyport::jose {
namespace {

const SigningKey& Key() {
  static const SigningKey key = SigningKey::Generate().value();
  return key;
}

// 1 KB in compact form.
const std::string& Compact() {
  static const std::string compact =
      Key()
          .SignJwt(
              "Zx8xVp3oQm9aGk1yRjq0l6s2t5u8wEbNcDfHiJkLmNo=",
              R"({"sub":"5f0c1c8a-0f5e-4bb5-a8a9-2d2ff3d7c9a1","cognito:groups":["readers",)"
              R"("writers"],"iss":"https://cognito-idp.eu-west-1.example/eu-west-1_AbCdEfGhI",)"
              R"("version":2,"client_id":"1h57kf5cpq17m0eml12EXAMPLE",)"
              R"("origin_jti":"b1f0a5d4-8c9e-4c3f-9f5e-0a1b2c3d4e5f",)"
              R"("event_id":"9d7e3b0a-1c2d-4e5f-8a9b-0c1d2e3f4a5b","token_use":"access",)"
              R"("scope":"aws.cognito.signin.user.admin openid profile",)"
              R"("auth_time":1700000000,"exp":1700003600,"iat":1700000000,)"
              R"("jti":"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0","username":"alice"})")
          .value();
  return compact;
}

struct BareKey {
  BareKey() {
    const base::Secret der = Key().ToPkcs8();
    const uint8_t* at = base::AsBytes(der.Reveal()).data();
    key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.Reveal().size()));
    sign = EVP_PKEY_CTX_new(key, nullptr);
    verify = EVP_PKEY_CTX_new(key, nullptr);
    EVP_PKEY_sign_init(sign);
    EVP_PKEY_verify_init(verify);
    for (EVP_PKEY_CTX* context : {sign, verify}) {
      EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING);
      EVP_PKEY_CTX_set_signature_md(context, EVP_sha256());
    }
    Sign();
  }
  void Sign() {
    size_t size = signature.size();
    if (EVP_PKEY_sign(sign, signature.data(), &size, hash.data(), hash.size()) != 1) std::abort();
  }
  EVP_PKEY* key;
  EVP_PKEY_CTX* sign;
  EVP_PKEY_CTX* verify;
  std::array<uint8_t, 32> hash{1, 2, 3};
  std::array<uint8_t, 256> signature;
};

// The limit of BM_Verify: what `openssl speed rsa2048` verifies.
void BM_BareVerify(benchmark::State& state) {
  BareKey bare;
  for (auto _ : state) {
    if (EVP_PKEY_verify(bare.verify, bare.signature.data(), bare.signature.size(), bare.hash.data(),
                        bare.hash.size()) != 1) {
      state.SkipWithError("does not verify");
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_BareVerify);

void BM_Verify(benchmark::State& state) {
  const PublicKey key = Key().ToPublic();
  for (auto _ : state) {
    auto token = UnverifiedToken::Parse(Compact());
    if (!VerifiedToken::Verify(std::move(token).value(), key)) {
      state.SkipWithError("does not verify");
    }
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(Compact().size());
}
BENCHMARK(BM_Verify);

// The part of BM_Verify that a token with a bad signature costs beside the signature.
void BM_Parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(UnverifiedToken::Parse(Compact()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Parse);

void BM_FindClaim(benchmark::State& state) {
  auto token = UnverifiedToken::Parse(Compact());
  const auto verified = VerifiedToken::Verify(std::move(token).value(), Key().ToPublic()).value();
  for (auto _ : state) benchmark::DoNotOptimize(FindClaim(verified.claims().json, "username"));
}
BENCHMARK(BM_FindClaim);

// The limit of BM_Sign: what `openssl speed rsa2048` signs.
void BM_BareSign(benchmark::State& state) {
  BareKey bare;
  for (auto _ : state) bare.Sign();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_BareSign);

void BM_Sign(benchmark::State& state) {
  const auto payload = base::Base64UrlDecode(std::string_view(Compact()).substr(
                                                 Compact().find('.') + 1,
                                                 Compact().rfind('.') - Compact().find('.') - 1))
                           .value();
  const std::string json(payload.begin(), payload.end());
  for (auto _ : state) benchmark::DoNotOptimize(Key().SignJwt("kid", json));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Sign);

}  // namespace
}  // namespace sallyport::jose
