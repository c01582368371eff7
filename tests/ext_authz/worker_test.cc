#include "ext_authz/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "client.h"

namespace sallyport::ext_authz {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

authorizer::Decision Allow() {
  authorizer::Decision decision;
  decision.verdict = SALLYPORT_ALLOW;
  return decision;
}

// A mode whose answer is a function of the token: "now" is allowed at once; "later" after a moment;
// "drop" is given up; "throw" is an exception; "throw-later" is one after Wait; "never" waits.
class ScriptedMode final : public Mode {
 public:
  // `later` counts the questions that are answered later.
  ScriptedMode(boost::asio::io_context& io, std::atomic<int>& later) : io_(io), later_(later) {}

  std::optional<authorizer::Decision> Ask(const Question& question) override {
    const std::string token(question.token());
    if (token == "now") return Allow();
    if (token == "throw") throw std::runtime_error("planted");
    if (token == "throw-later") {
      const Pending given_up = question.Wait();
      throw std::runtime_error("planted");
    }
    if (token == "drop") {
      boost::asio::post(io_, [pending = question.Wait()] {});
      return std::nullopt;
    }
    if (token == "later") {
      ++later_;
      auto timer = std::make_shared<boost::asio::steady_timer>(io_, std::chrono::milliseconds(20));
      timer->async_wait([timer, pending = question.Wait()](const auto&) mutable {
        std::move(pending).Decide(Allow());
      });
      return std::nullopt;
    }
    if (token == "never") {
      kept_.push_back(question.Wait());
      return std::nullopt;
    }
    return authorizer::Decision();
  }

 private:
  boost::asio::io_context& io_;
  std::atomic<int>& later_;
  std::vector<Pending> kept_;
};

class WorkerTest : public ::testing::Test {
 protected:
  explicit WorkerTest(size_t connections = 8)
      : worker_({.gate = {.replica_path = "/nonexistent", .replica_owner = 0, .cache_tokens = 0},
                 .connections = connections},
                base::SystemClock::Get()) {
    UseRules("r");
    worker_.Start();
  }

  void UseRules(const std::string& name) {
    auto rules = std::make_shared<std::vector<NamedRule>>();
    rules->push_back({.name = name,
                      .make_mode =
                          [this](const Thread& thread) {
                            return std::make_unique<ScriptedMode>(thread.io, later_);
                          },
                      .headers = {{"X-User", "sub"}}});
    worker_.UseRules(rules, {&counters_});
  }
  Client Connect() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Socket socket(worker_.io());
    socket.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
    worker_.Take(std::move(socket));
    return Client(ends[1]);
  }
  static std::string Request(std::string_view token, std::string_view more = "") {
    return "HEAD /authorize/r HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer " +
           std::string(token) + "\r\n" + std::string(more) + "\r\n";
  }
  static int StatusOf(const std::string& answer) {
    return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
  }

  void WaitForLater(int questions) const {
    for (int i = 0; i < 1000 && later_ < questions; ++i) usleep(1'000);
    EXPECT_EQ(later_, questions);
  }

  std::atomic<int> later_{0};
  RuleCounters counters_;
  Worker worker_;
};

class FewConnectionsTest : public WorkerTest {
 protected:
  FewConnectionsTest() : WorkerTest(2) {}
};

TEST_F(WorkerTest, AnswersOneRequestAfterTheOtherOnAConnection) {
  Client client = Connect();
  for (const auto& [token, status] : std::vector<std::pair<std::string, int>>{
           {"now", 200}, {"no", 401}, {"later", 200}, {"drop", 401}, {"now", 200}}) {
    client.Send(Request(token));
    EXPECT_EQ(StatusOf(client.ReadHead()), status) << token;
  }
  EXPECT_EQ(counters_.allowed.value(), 3U);
}

TEST_F(WorkerTest, AnswersPipelinedRequestsInTheirOrder) {
  Client client = Connect();
  client.Send(Request("later") + Request("no") + Request("now", "Connection: close\r\n"));
  const std::string all = client.ReadAll();
  std::vector<int> statuses;
  for (size_t at = 0; (at = all.find("HTTP/1.1 ", at)) != std::string::npos; ++at) {
    statuses.push_back(std::stoi(all.substr(at + 9, 3)));
  }
  EXPECT_THAT(statuses, ::testing::ElementsAre(200, 401, 200));
}

TEST_F(WorkerTest, AModeThatFailsDenies) {
  for (const char* token : {"throw", "throw-later", "drop"}) {
    Client client = Connect();
    client.Send(Request(token) + Request("now"));
    const std::string first = client.ReadHead();
    EXPECT_THAT(first, StartsWith("HTTP/1.1 401")) << token;
  }
}

TEST_F(WorkerTest, AHeadMayArriveByteByByte) {
  Client client = Connect();
  for (const char c : Request("now")) client.Send({&c, 1});
  EXPECT_EQ(StatusOf(client.ReadHead()), 200);
}

TEST_F(WorkerTest, WhatIsNotARequestIsRefusedAndTheConnectionClosed) {
  const std::string host = "Host: gate\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET http://x/authorize/r HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /authorize/r HTTP/1.1\r\n\r\n", 400},
      {"GET /authorize/r HTTP/2.0\r\n" + host + "\r\n", 505},
      {"GET /authorize/r HTTP/1.1\n", 400},
      {Request("now", "Authorization: Bearer no\r\n"), 400},
      {Request("now", "Content-Length: 1\r\n"), 413},
      {Request("now", "Transfer-Encoding: chunked\r\n"), 413},
      {"GET /authorize/r HTTP/1.1\r\nX: " + std::string(Connection::kGreatestHead, 'x'), 431},
  };
  for (const auto& [bytes, status] : cases) {
    Client client = Connect();
    client.Send(bytes);
    const std::string answer = client.ReadAll();
    EXPECT_EQ(StatusOf(answer), status) << bytes.substr(0, 80);
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
  }
}

TEST_F(WorkerTest, AnEmptyBodyIsNoBody) {
  Client client = Connect();
  client.Send(Request("now", "Content-Length: 0\r\n"));
  EXPECT_EQ(StatusOf(client.ReadHead()), 200);
}

TEST_F(WorkerTest, ATokenOfTheGreatestSizeFitsBesideOtherHeaders) {
  Client client = Connect();
  client.Send(
      Request(std::string(16 * 1024, 'x'), "Cookie: " + std::string(8 * 1024, 'y') + "\r\n"));
  EXPECT_EQ(StatusOf(client.ReadHead()), 401);
  client.Send(Request("now"));
  EXPECT_EQ(StatusOf(client.ReadHead()), 200);
}

TEST_F(WorkerTest, ARuleThatDoesNotExistIsAMistakeOfTheConfiguration) {
  Client client = Connect();
  client.Send("GET /authorize/other HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer now\r\n\r\n");
  const std::string answer = client.ReadUntil("}");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(answer, EndsWith("{\"message\":null}"));
  EXPECT_EQ(worker_.counted().unknown_rules.value(), 1U);
}

TEST_F(WorkerTest, NewRulesReplaceTheOldOnesAndWhatIsUnderWayGoesOn) {
  Client client = Connect();
  client.Send(Request("later"));
  WaitForLater(1);
  UseRules("s");
  EXPECT_EQ(StatusOf(client.ReadHead()), 200);
  client.Send(Request("now"));
  EXPECT_EQ(StatusOf(client.ReadHead()), 500);
}

TEST_F(WorkerTest, AProxyThatLeavesIsForgotten) {
  {
    Client waiting = Connect();
    waiting.Send(Request("later"));
    Client idle = Connect();
    idle.Send(Request("now"));
    EXPECT_EQ(StatusOf(idle.ReadHead()), 200);
  }
  for (int i = 0; i < 500 && worker_.counted().open.value() > 0; ++i) usleep(10'000);
  EXPECT_EQ(worker_.counted().open.value(), 0U);
}

TEST_F(WorkerTest, AWorkerEndsWhileQuestionsAreOpen) {
  Client client = Connect();
  client.Send(Request("never"));
  Client other = Connect();
  other.Send(Request("now"));
  EXPECT_EQ(StatusOf(other.ReadHead()), 200);
  worker_.Stop();
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(FewConnectionsTest, ANewConnectionReplacesTheOneThatIsIdleForTheLongestTime) {
  Client first = Connect();
  first.Send(Request("now"));
  EXPECT_EQ(StatusOf(first.ReadHead()), 200);
  Client second = Connect();
  second.Send(Request("now"));
  EXPECT_EQ(StatusOf(second.ReadHead()), 200);
  Client third = Connect();
  third.Send(Request("now"));
  EXPECT_EQ(StatusOf(third.ReadHead()), 200);
  EXPECT_EQ(first.ReadAll(), "");
  second.Send(Request("now"));
  EXPECT_EQ(StatusOf(second.ReadHead()), 200);
  EXPECT_EQ(worker_.counted().evicted.value(), 1U);
}

TEST_F(FewConnectionsTest, AQuestionThatIsOpenIsNotGivenUpForANewConnection) {
  Client first = Connect();
  first.Send(Request("later"));
  Client second = Connect();
  second.Send(Request("later"));
  WaitForLater(2);
  Client third = Connect();
  EXPECT_EQ(third.ReadAll(), "");
  EXPECT_EQ(StatusOf(first.ReadHead()), 200);
  EXPECT_EQ(StatusOf(second.ReadHead()), 200);
}

}  // namespace
}  // namespace sallyport::ext_authz
