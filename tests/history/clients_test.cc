// Tests of the checker's own tools: what they say about sockets and processes must be true.
#include <gtest/gtest.h>

#include <fstream>

#include "http_client.h"
#include "link.h"
#include "net.h"
#include "process.h"
#include "recorder.h"
#include "upstream.h"

namespace sallyport::history {
namespace {

constexpr Nanos kTimeout = 5 * kSecond;

std::string Get(uint64_t number) {
  return GateRequest("GET", "/id", "token", number) + "\r\n";
}

TEST(Upstream, AnswersAndNotesWhichRequestsReachedIt) {
  Upstream upstream;
  HttpClient client(upstream.port());
  const Nanos before = Now();
  EXPECT_EQ(client.Exchange(Get(7), kTimeout).status, 200);
  EXPECT_EQ(client.Exchange(Get(8), kTimeout).body, "served\n");
  EXPECT_GE(upstream.Reached(7), before);
  EXPECT_LE(upstream.Reached(7), upstream.Reached(8));
  EXPECT_EQ(upstream.Reached(9), 0);
}

TEST(Upstream, ARequestWithoutTheEndOfItsBodyHasNotReachedIt) {
  Upstream upstream;
  HttpClient client(upstream.port());
  ASSERT_TRUE(client.Connect());
  client.Send(GateRequest("POST", "/access", "token", 3) + "Content-Length: 10\r\n\r\nfirst");
  EXPECT_EQ(client.ReadAnswer(50 * kMillisecond).status, 0);
  EXPECT_EQ(upstream.Reached(3), 0);
}

TEST(Upstream, SpeaksToAWebSocketUntilItIsClosed) {
  Upstream upstream;
  HttpClient client(upstream.port());
  client.Connect();
  client.Send(GateRequest("GET", "/stream", "token", 1) +
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer(kTimeout).status, 101);
  EXPECT_NE(client.ReadSome(kTimeout).value_or("").find("tick"), std::string::npos);
}

TEST(Recorder, FillsInWhatReachedTheUpstream) {
  Upstream upstream;
  Recorder recorder;
  GateClient gate(recorder, 0, upstream.port(), kTimeout);
  EXPECT_EQ(gate.Ask(4, true, "token"), 200);
  EXPECT_EQ(gate.PostSlowly(4, "token", [] {}), 200);
  const History history = recorder.Take(upstream);
  ASSERT_EQ(history.requests.size(), 2U);
  for (const Request& request : history.requests) {
    EXPECT_LE(request.last_sent, request.reached);
    EXPECT_LE(request.reached, request.done);
  }
}

TEST(HttpClient, NoticesThatNobodyListensOrAnswers) {
  EXPECT_FALSE(HttpClient(FreePort()).Connect());
  uint16_t port = 0;
  const int listener = Listen(&port);
  const Nanos before = Now();
  EXPECT_EQ(HttpClient(port).Exchange(Get(1), 30 * kMillisecond).status, 0);
  EXPECT_GE(Now() - before, 29 * kMillisecond);
  close(listener);
}

TEST(Link, PassesStallsAndPassesAgain) {
  Upstream upstream;
  Link link(upstream.port());
  HttpClient client(link.port());
  EXPECT_EQ(client.Exchange(Get(1), kTimeout).status, 200);
  link.Set(LinkState::kStall);
  ASSERT_TRUE(client.Connect());
  client.Send(Get(2));
  EXPECT_EQ(client.ReadSome(50 * kMillisecond), "");
  EXPECT_EQ(upstream.Reached(2), 0);
  link.Set(LinkState::kOpen);
  EXPECT_EQ(client.ReadAnswer(kTimeout).status, 200);
}

TEST(Link, CutsAndRefusesUntilItIsOpen) {
  Upstream upstream;
  Link link(upstream.port());
  HttpClient client(link.port());
  EXPECT_EQ(client.Exchange(Get(1), kTimeout).status, 200);
  link.Set(LinkState::kCut);
  EXPECT_EQ(client.ReadSome(kTimeout), std::nullopt);
  EXPECT_EQ(client.Exchange(Get(2), kTimeout).status, 0);
  link.Set(LinkState::kOpen);
  EXPECT_EQ(client.Exchange(Get(3), kTimeout).status, 200);
}

TEST(Link, Delays) {
  Upstream upstream;
  Link link(upstream.port());
  link.SetDelay(30 * kMillisecond);
  HttpClient client(link.port());
  const Nanos before = Now();
  EXPECT_EQ(client.Exchange(Get(1), kTimeout).status, 200);
  EXPECT_GE(Now() - before, 60 * kMillisecond);
}

TEST(Process, StopsContinuesAndKillsAGroup) {
  const std::string log = testing::TempDir() + "/process-" + std::to_string(getpid());
  // The shell is the leader, the subshell its only child.
  Process process({{"sh", "-c", "(while :; do echo x; sleep 0.01; done) & wait"}, {}, log});
  const auto size = [&] { return std::ifstream(log, std::ios::ate).tellg(); };
  const auto grows = [&] {
    const auto before = size();
    for (int i = 0; i < 200 && size() == before; ++i) usleep(10'000);
    return size() > before;
  };
  process.Start();
  EXPECT_TRUE(grows());
  process.Stop(Process::Whom::kChildren);
  const auto stopped = size();
  usleep(50'000);
  EXPECT_EQ(size(), stopped);
  process.Continue();
  EXPECT_TRUE(grows());
  process.Kill();
  EXPECT_FALSE(process.running());
  const auto killed = size();
  usleep(50'000);
  EXPECT_EQ(size(), killed);
  unlink(log.c_str());
}

}  // namespace
}  // namespace sallyport::history
