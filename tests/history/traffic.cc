#include "traffic.h"

#include <chrono>

#include "api.h"

namespace sallyport::history {
namespace {

using Gates = std::vector<std::unique_ptr<GateClient>>;

void Sleep(Nanos nanos) {
  std::this_thread::sleep_for(std::chrono::nanoseconds(nanos));
}

Gates GatesOf(Recorder& recorder, const Site& site) {
  Gates gates;
  for (size_t i = 0; i < site.gate_ports.size(); ++i) {
    gates.push_back(std::make_unique<GateClient>(recorder, static_cast<Id>(i), site.gate_ports[i],
                                                 site.gate_timeout));
  }
  return gates;
}

// At one gate after the other, beginning with any, since the answer of one may take long.
void AskAll(const Gates& gates, const std::vector<Bearer>& bearers, size_t first = 0) {
  for (const Bearer& bearer : bearers) {
    for (size_t i = 0; i < gates.size(); ++i) {
      gates[(first + i) % gates.size()]->Ask(bearer.token, bearer.access, bearer.jwt);
    }
  }
}

std::vector<Bearer> BearersOf(const std::vector<Family>& families) {
  std::vector<Bearer> bearers;
  for (const Family& family : families) {
    bearers.push_back(family.access);
    bearers.push_back(family.id);
  }
  return bearers;
}

}  // namespace

Traffic::Traffic(Recorder& recorder, Site& site, const TrafficOptions& options)
    : recorder_(recorder), site_(site), options_(options) {
  uint32_t seed = options.seed * 1000;
  const Id gates = static_cast<Id>(site.gate_ports.size());
  for (Id gate = 0; gate < gates; ++gate) {
    threads_.emplace_back([=, this] { Living(gate, seed + 900 + gate); });
    for (int i = 0; i < options.slow_bodies; ++i) {
      threads_.emplace_back([=, this] { PostingSlowly(gate, seed + 700 + gate * 10 + i); });
    }
    for (int i = 0; i < options.streams; ++i) {
      const bool revoke = i > 0 || options.streams == 1;
      threads_.emplace_back([=, this] { Streaming(gate, seed + 800 + gate * 10 + i, revoke); });
    }
  }
  for (int i = 0; i < options.revokers; ++i) {
    hots_.push_back(std::make_unique<Hot>());
    Hot& hot = *hots_.back();
    threads_.emplace_back([=, this, &hot] { Revoking(seed + i, hot); });
    threads_.emplace_back([this, &hot] { Polling(hot); });
  }
}

void Traffic::Stop() {
  stop_ = true;
  for (const auto& hot : hots_) hot->changed.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

// Signs in, asks, revokes, and asks again at the moment of the answer, while the poller beside it
// never stops to ask.
void Traffic::Revoking(uint32_t seed, Hot& hot) {
  std::mt19937 random(seed);
  Revoker revoker(recorder_, site_, seed);
  const Gates gates = GatesOf(recorder_, site_);
  while (!stop_) {
    const std::optional<Plan> plan = revoker.Prepare(Choose(random));
    if (!plan) {
      Sleep(10 * kMillisecond);
      continue;
    }
    const std::vector<Bearer> covered = BearersOf(plan->covered);
    {
      const std::lock_guard lock(hot.mutex);
      hot.bearers = covered;
    }
    hot.changed.notify_one();
    AskAll(gates, covered);
    if (options_.revoke_pause > 0) {
      Sleep(std::uniform_int_distribution<Nanos>(0, options_.revoke_pause)(random));
    }
    const bool revoked = revoker.Revoke(*plan, stop_);
    AskAll(gates, covered, random());
    if (plan->spared) AskAll(gates, BearersOf({*plan->spared}));
    if (revoked) Bury(covered, random);
  }
  const std::lock_guard lock(hot.mutex);
  hot.bearers.clear();
}

// Continues with the tokens of the last revoke while the next sign-in is under way.
void Traffic::Polling(Hot& hot) {
  const Gates gates = GatesOf(recorder_, site_);
  while (!stop_) {
    std::vector<Bearer> bearers;
    {
      std::unique_lock lock(hot.mutex);
      hot.changed.wait(lock, [&] { return stop_ || !hot.bearers.empty(); });
      bearers = hot.bearers;
    }
    AskAll(gates, bearers);
    Sleep(options_.poll_period);
  }
}

void Traffic::Living(Id gate, uint32_t seed) {
  std::mt19937 random(seed);
  Revoker revoker(recorder_, site_, seed);
  GateClient client(recorder_, gate, site_.gate_ports[gate], site_.gate_timeout);
  std::optional<Family> family;
  while (!stop_) {
    if (!family) family = revoker.SignIn();
    if (!family) {
      Sleep(10 * kMillisecond);
      continue;
    }
    client.Ask(family->access.token, true, family->access.jwt);
    client.Ask(family->id.token, false, family->id.jwt);
    if (const std::optional<Bearer> dead = Exhume(random)) {
      client.Ask(dead->token, dead->access, dead->jwt);
    }
    Sleep(options_.live_period);
  }
}

// Every other body ends without a revoke before it; such a request must be served.
void Traffic::PostingSlowly(Id gate, uint32_t seed) {
  std::mt19937 random(seed);
  Revoker revoker(recorder_, site_, seed);
  GateClient client(recorder_, gate, site_.gate_ports[gate], site_.gate_timeout);
  for (bool revoke = true; !stop_; revoke = !revoke) {
    const std::optional<Plan> plan = revoker.Prepare(Cause::kRevokeToken);
    if (!plan) {
      Sleep(10 * kMillisecond);
      continue;
    }
    const Bearer& bearer = plan->covered[0].access;
    client.PostSlowly(bearer.token, bearer.jwt, [&] {
      Sleep(10 * kMillisecond);  // the gate has decided on the head meanwhile
      if (revoke) revoker.Revoke(*plan, stop_);
    });
  }
}

void Traffic::Streaming(Id gate, uint32_t seed, bool revoke) {
  Revoker revoker(recorder_, site_, seed);
  while (!stop_) {
    const std::optional<Plan> plan = revoker.Prepare(Cause::kRevokeToken);
    HttpClient http(site_.gate_ports[gate]);
    if (!plan || !http.Connect()) {
      Sleep(10 * kMillisecond);
      continue;
    }
    const Bearer& bearer = plan->covered[0].access;
    http.Send(GateRequest("GET", "/stream", bearer.jwt, recorder_.NewRequestNumber()) +
              "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    if (http.ReadAnswer(site_.gate_timeout).status != 101) continue;
    Stream stream{.token = bearer.token, .gate = gate, .opened = Now()};
    const auto read_until = [&](Nanos deadline) {
      while (!stop_ && !stream.closed_by_gate && Now() < deadline) {
        const std::optional<std::string> bytes = http.ReadSome(20 * kMillisecond);
        if (!bytes) stream.closed_by_gate = true;
        if (bytes && !bytes->empty()) stream.last_byte = Now();
      }
    };
    read_until(Now() + 60 * kMillisecond);
    if (revoke) revoker.Revoke(*plan, stop_);
    read_until(Now() + 20 * kSecond);
    stream.ended = Now();
    recorder_.Add(stream);
  }
}

Cause Traffic::Choose(std::mt19937& random) const {
  std::discrete_distribution<int> choose(options_.weights.begin(), options_.weights.end());
  return static_cast<Cause>(choose(random));
}

void Traffic::Bury(const std::vector<Bearer>& bearers, std::mt19937& random) {
  constexpr size_t kGraves = 1000;
  const std::lock_guard lock(graves_mutex_);
  for (const Bearer& bearer : bearers) {
    if (graves_.size() < kGraves) {
      graves_.push_back(bearer);
    } else {
      graves_[random() % kGraves] = bearer;
    }
  }
}

std::optional<Bearer> Traffic::Exhume(std::mt19937& random) {
  const std::lock_guard lock(graves_mutex_);
  if (graves_.empty()) return std::nullopt;
  return graves_[random() % graves_.size()];
}

}  // namespace sallyport::history
