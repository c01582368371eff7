#include "http1/memory.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sallyport::http1 {
namespace {

TEST(RequestMemory, IsNotTakenByWhatEachConnectionMayHold) {
  RequestMemory memory(100);
  Held held(memory);
  EXPECT_TRUE(held.Set(Held::kFree));
  EXPECT_EQ(memory.used(), 0U);
  EXPECT_EQ(held.beyond_free(), 0U);
}

TEST(RequestMemory, IsTakenBeyondThatAndGivenBack) {
  RequestMemory memory(100);
  std::optional<Held> one(std::in_place, memory);
  Held other(memory);
  EXPECT_TRUE(one->Set(Held::kFree + 60));
  EXPECT_TRUE(other.Set(Held::kFree + 40));
  EXPECT_EQ(memory.used(), 100U);
  EXPECT_FALSE(other.Set(Held::kFree + 41));
  EXPECT_EQ(other.beyond_free(), 40U);
  EXPECT_TRUE(one->Set(Held::kFree + 50));
  EXPECT_TRUE(other.Set(Held::kFree + 50));
  one.reset();
  EXPECT_EQ(memory.used(), 50U);
  EXPECT_TRUE(other.Set(0));
  EXPECT_EQ(memory.used(), 0U);
}

TEST(RequestMemory, IsTakenByWhatAConnectionKeepsBetweenItsRequests) {
  RequestMemory memory(100);
  std::optional<Held> held(std::in_place, memory);
  held->SetBase(Held::kFree + 60);
  EXPECT_TRUE(held->Set(0));
  EXPECT_EQ(memory.used(), 60U);
  EXPECT_FALSE(held->counts_request());
  EXPECT_TRUE(held->Set(40));
  EXPECT_TRUE(held->counts_request());
  EXPECT_FALSE(held->Set(41));
  EXPECT_EQ(memory.used(), 100U);
  held.reset();
  EXPECT_EQ(memory.used(), 0U);
}

TEST(ParsedBytes, BoundWhatIsParsedHoweverManyValuesABodyHas) {
  std::string arrays = "[[0]";
  for (int i = 0; i < 50'000; ++i) arrays += ",[0]";
  EXPECT_GE(ParsedBytes(arrays + "]"), 50'000U * 100);
  const std::string text = "{\"a\":\"" + std::string(100'000, 'x') + "\"}";
  EXPECT_GE(ParsedBytes(text), text.size());
  EXPECT_LE(ParsedBytes(text), text.size() + 200);
}

TEST(ParsedBytes, OfSmallBodiesAreFree) {
  EXPECT_EQ(ParsedBytes(R"({"AccessToken":"x"})"), 0U);
  EXPECT_EQ(ParsedBytes(std::string(4000, 'a')), 0U);
}

TEST(RequestMemory, IsNeverExceededByManyThreads) {
  RequestMemory memory(1000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&memory] {
      Held held(memory);
      for (size_t n = 0; n < 20'000; ++n) {
        held.Set(Held::kFree + n % 700);
        ASSERT_LE(memory.used(), 1000U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(memory.used(), 0U);
}

}  // namespace
}  // namespace sallyport::http1
