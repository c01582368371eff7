#include "domain/keys/agent_key.h"

#include "fixture.h"

namespace sallyport::domain {
namespace {

class AgentKeyTest : public DomainTest {
 protected:
  AgentKey Enrol(const std::string& name) {
    const auto agent = EnrolAgent(*services_, name);
    EXPECT_TRUE(Succeeded(StatusOf(agent)));
    return agent.ok() ? *agent : AgentKey{};
  }
  bool Enrolled(const AgentKey& agent) {
    const auto enrolled = IsEnrolled(*store_, agent.name, agent.key_id);
    EXPECT_TRUE(Succeeded(StatusOf(enrolled)));
    return enrolled.ok() && *enrolled;
  }
};

TEST_F(AgentKeyTest, IsEnrolledUntilItIsWithdrawn) {
  const AgentKey one = Enrol("gate-1");
  const AgentKey two = Enrol("gate-2");
  EXPECT_NE(one.key_id, two.key_id);
  EXPECT_TRUE(Enrolled(one));
  EXPECT_FALSE(Enrolled({.name = "gate-1", .key_id = two.key_id})) << "another key";
  EXPECT_FALSE(Enrolled({.name = "gate-3", .key_id = one.key_id})) << "another name";
  const auto withdrawn = WithdrawAgent(*services_, "gate-1");
  ASSERT_TRUE(Succeeded(StatusOf(withdrawn)));
  EXPECT_EQ(withdrawn->key_id, one.key_id);
  EXPECT_FALSE(Enrolled(one));
  EXPECT_TRUE(Enrolled(two));
  const auto again = WithdrawAgent(*services_, "gate-1");
  ASSERT_TRUE(Succeeded(StatusOf(again)));
  EXPECT_EQ(again->key_id, one.key_id) << "a retry waits for the same key";
}

TEST_F(AgentKeyTest, ANameIsEnrolledOnceAndAnewOnlyAfterItsRemoval) {
  const AgentKey first = Enrol("gate-1");
  EXPECT_EQ(EnrolAgent(*services_, "gate-1").error().code, "ResourceConflictException");
  ASSERT_TRUE(WithdrawAgent(*services_, "gate-1").ok());
  const AgentKey second = Enrol("gate-1");
  EXPECT_NE(first.key_id, second.key_id);
  EXPECT_FALSE(Enrolled(first)) << "the old file opens nothing any more";
  EXPECT_TRUE(Enrolled(second));
}

TEST_F(AgentKeyTest, ANameThatNobodyEnrolledCannotBeWithdrawn) {
  EXPECT_EQ(WithdrawAgent(*services_, "nobody").error().code, "ResourceNotFoundException");
}

TEST_F(AgentKeyTest, AreListedByName) {
  // More than a page.
  for (int i = 0; i < 250; ++i) Enrol("gate-" + std::to_string(1000 + i));
  ASSERT_TRUE(WithdrawAgent(*services_, "gate-1007").ok());
  const auto agents = ListAgentKeys(*store_);
  ASSERT_TRUE(Succeeded(StatusOf(agents)));
  ASSERT_EQ(agents->size(), 250U);
  for (size_t i = 0; i < 250; ++i) {
    EXPECT_EQ((*agents)[i].name, "gate-" + std::to_string(1000 + i));
    EXPECT_EQ((*agents)[i].withdrawn_millis != 0, i == 7) << i;
  }
}

TEST_F(AgentKeyTest, ASecretIsOfOneIdentityAlone) {
  const std::string one(AgentSecret(services_->vault, "gate-1.0123456789abcdef").Reveal());
  EXPECT_EQ(one.size(), 32U);
  EXPECT_EQ(AgentSecret(services_->vault, "gate-1.0123456789abcdef").Reveal(), one);
  EXPECT_NE(AgentSecret(services_->vault, "gate-1.0123456789abcdee").Reveal(), one);
  EXPECT_NE(AgentSecret(services_->vault, "gate-2.0123456789abcdef").Reveal(), one);
}

}  // namespace
}  // namespace sallyport::domain
