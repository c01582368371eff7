// Decisions in process, on one core: tokens seen before, and tokens new.
#include <benchmark/benchmark.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "authorizer/gate.h"
#include "base/random.h"
#include "scratch_replica.h"

namespace sallyport::authorizer {
namespace {

using revocation::Kind;
using revocation::Revocation;

constexpr std::string_view kIssuer = "https://cognito-idp.eu-west-1.example/eu-west-1_AbCdEfGhI";
constexpr std::string_view kKid = "Zx8xVp3oQm9aGk1yRjq0l6s2t5u8wEbNcDfHiJkLmNo=";
constexpr size_t kTokens = 10'000;
constexpr size_t kRevocations = 1'000'000;

std::string MakeToken(const jose::SigningKey& key, int64_t now) {
  const auto quoted = [](std::string_view name) {
    return ",\"" + std::string(name) + "\":\"" + base::RandomUuid() + '"';
  };
  const std::string json =
      R"({"iss":")" + std::string(kIssuer) + "\"" + quoted("sub") + quoted("origin_jti") +
      quoted("event_id") + quoted("jti") +
      R"(,"cognito:groups":["readers","writers"],"version":2,"client_id":"1h57kf5cpq17m0eml12EXAMPLE",)"
      R"("token_use":"access","scope":"openid profile aws.cognito.signin.user.admin","auth_time":)" +
      std::to_string(now) + R"(,"exp":)" + std::to_string(now + 86'400) + R"(,"iat":)" +
      std::to_string(now) + R"(,"username":"alice"})";
  return key.SignJwt(kKid, json).value();
}

// Made once for the program, because 10,000 signatures and 1,000,000 revocations take seconds.
struct World {
  World() : replica(base::SystemClock::Get()) {
    const int64_t now = base::SystemClock::Get().WallSeconds();
    const auto key = jose::SigningKey::Generate().value();
    replica.Publish(kIssuer, kKid, key.ToPublic());
    std::vector<Revocation> batch;
    for (size_t i = 0; i < kRevocations; ++i) {
      batch.push_back({Kind::kFamily, base::RandomUuid(), "", now + 86'400});
      if (batch.size() == 10'000) {
        replica.Apply(batch);
        batch.clear();
      }
    }
    while (replica.writer().Work().value()) {
    }
    replica.Lease(1, 3'600'000);
    for (size_t i = 0; i < kTokens; ++i) {
      const std::string token = MakeToken(key, now);
      received.insert(received.end(), token.begin(), token.end());
      token_size = token.size();
    }
  }
  static World& Get() {
    static World world;
    return world;
  }
  static Rule MakeRule() {
    static constexpr std::string_view kScope = "aws.cognito.signin.user.admin";
    const sallyport_string issuer{kIssuer.data(), kIssuer.size()};
    const sallyport_string scope{kScope.data(), kScope.size()};
    return Rule({SALLYPORT_MODE_LIVE, &issuer, 1, nullptr, 0, &scope, 1, 0, SALLYPORT_STYLE_REST});
  }

  std::string_view token(size_t i) const { return {&received[i * token_size], token_size}; }

  ScratchReplica replica;
  std::vector<char> received;
  size_t token_size = 0;
};

int64_t ThreadNanos() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

// Requests as a worker sees them: their bytes have just been received, so they are in the
// processor's caches, as many as one turn of the event loop handles. What the gate itself keeps of
// them is not in the caches: it lies in another order, which no prefetcher can learn. Only this
// thread's CPU time in Authorize is measured, and not the receiving, which a copy stands for.
void Decide(benchmark::State& state, uint32_t cache_tokens, size_t tokens) {
  constexpr size_t kRequestsPerLoop = 32;
  World& world = World::Get();
  const Rule rule = World::MakeRule();
  Gate gate({world.replica.path(), getuid(), cache_tokens}, base::SystemClock::Get());
  std::vector<size_t> order(tokens);
  std::iota(order.begin(), order.end(), size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937_64(base::RandomU64()));
  for (const size_t i : order) gate.Authorize(rule, world.token(i));

  std::array<std::string, kRequestsPerLoop> received;
  size_t next = 0;
  for (auto _ : state) {
    for (std::string& token : received) {
      token = world.token(next);
      if (++next == tokens) next = 0;
    }
    size_t allowed = 0;
    const int64_t begin = ThreadNanos();
    for (const std::string& token : received) {
      allowed += gate.Authorize(rule, token).verdict == SALLYPORT_ALLOW;
    }
    state.SetIterationTime(static_cast<double>(ThreadNanos() - begin) / 1e9);
    if (allowed != kRequestsPerLoop) state.SkipWithError("a token was denied");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRequestsPerLoop));
  state.counters["token_bytes"] = static_cast<double>(world.token_size);
  state.counters["revocations"] = kRevocations;
}

// 10,000 distinct tokens, all in the cache.
void BM_SeenBefore(benchmark::State& state) {
  Decide(state, 16'384, kTokens);
}
BENCHMARK(BM_SeenBefore)->UseManualTime();

// As in an nginx worker that serves few callers: everything is in the processor's caches.
void BM_SeenBeforeHot(benchmark::State& state) {
  Decide(state, 16'384, 16);
}
BENCHMARK(BM_SeenBeforeHot)->UseManualTime();

// Each token has left the cache when it comes again.
void BM_New(benchmark::State& state) {
  Decide(state, 1024, kTokens);
}
BENCHMARK(BM_New)->UseManualTime();

// Tokens seen before whose bytes are in no cache of the processor either, as after a pause between
// receiving and deciding: memory is what this measures.
void BM_SeenBeforeFarInput(benchmark::State& state) {
  World& world = World::Get();
  const Rule rule = World::MakeRule();
  Gate gate({world.replica.path(), getuid(), 16'384}, base::SystemClock::Get());
  for (size_t i = 0; i < kTokens; ++i) gate.Authorize(rule, world.token(i));
  size_t next = 0;
  for (auto _ : state) {
    if (gate.Authorize(rule, world.token(next)).verdict != SALLYPORT_ALLOW) {
      state.SkipWithError("a token was denied");
    }
    next = (next + 7919) % kTokens;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_SeenBeforeFarInput);

// What a decision costs besides the gate: reading the clock once.
void BM_Clock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(base::SystemClock::Get().BootNanos());
}
BENCHMARK(BM_Clock);

}  // namespace
}  // namespace sallyport::authorizer
