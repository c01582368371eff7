#include "agent/server_choice.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sallyport::agent {
namespace {

using channel::Address;

const Address kOneServer{"a.example", "9230"};
const Address kOtherServer{"b.example", "9230"};
const Address kThirdServer{"10.0.0.3", "9230"};

TEST(ServerChoiceTest, AgentsAreSpreadEvenlyAndEachKeepsItsOrder) {
  std::map<std::string, int> preferred;
  for (int i = 0; i < 3000; ++i) {
    const std::string name = "gate-" + std::to_string(i);
    ServerChoice choice, again;
    choice.Set(name, {kOneServer, kOtherServer, kThirdServer});
    again.Set(name, {kThirdServer, kOneServer, kOtherServer});
    EXPECT_EQ(choice.order(), again.order()) << "in whatever order they are named";
    ++preferred[choice.order().front().host];
  }
  for (const auto& [host, agents] : preferred) {
    EXPECT_GT(agents, 850) << host;
    EXPECT_LT(agents, 1150) << host;
  }
}

TEST(ServerChoiceTest, TriesOneAfterTheOtherAndNeverTheOneThatIsTaken) {
  ServerChoice choice;
  choice.Set("gate", {kOneServer, kOtherServer, kThirdServer});
  const auto& order = choice.order();
  EXPECT_EQ(choice.At(0, std::nullopt), order[0]);
  EXPECT_EQ(choice.At(1, std::nullopt), order[1]);
  EXPECT_EQ(choice.At(3, std::nullopt), order[0]);
  EXPECT_EQ(choice.At(0, order[0]), order[1]);
  EXPECT_EQ(choice.At(1, order[0]), order[2]);
  EXPECT_EQ(choice.At(2, order[0]), order[1]);
  EXPECT_TRUE(choice.Prefers(order[0], order[1]));
  EXPECT_FALSE(choice.Prefers(order[2], order[1]));
}

TEST(ServerChoiceTest, OfOneServerThereIsNoSecond) {
  ServerChoice choice;
  choice.Set("gate", {kOneServer, kOneServer});
  EXPECT_EQ(choice.order().size(), 1u) << "named twice";
  EXPECT_EQ(choice.At(5, std::nullopt), kOneServer);
  EXPECT_EQ(choice.At(5, kOneServer), std::nullopt);
}

}  // namespace
}  // namespace sallyport::agent
