#include "main/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include "main/limit_settings.h"
#include "main/serve_settings.h"

namespace sallyport::main {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Settings : public ::testing::Test {
 protected:
  base::Status Apply(const std::vector<std::string>& arguments) {
    return ApplySettings(ServeTable(settings_), arguments, [](const char* name) -> const char* {
      const auto found = environment_.find(name);
      return found == environment_.end() ? nullptr : found->second.c_str();
    });
  }
  std::string WriteToml(const std::string& text) {
    const std::string path =
        ::testing::TempDir() + "/settings-" + std::to_string(getpid()) + ".toml";
    std::ofstream(path) << text;
    return path;
  }
  void ExpectProblem(const base::Status& status, const std::string& text) {
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.error().message, HasSubstr(text));
    EXPECT_EQ(status.error().message.find('\n'), std::string::npos) << "one line";
  }
  void TearDown() override { environment_.clear(); }

  ServeSettings settings_;
  static inline std::map<std::string, std::string> environment_;
};

TEST_F(Settings, FlagsWinOverTheEnvironmentAndThatOverTheFile) {
  const std::string file =
      WriteToml("region = \"from-file\"\naccount_id = \"111111111111\"\nfeed_ttl = \"3s\"\n");
  environment_ = {{"SALLYPORT_ACCOUNT_ID", "222222222222"}, {"SALLYPORT_FEED_TTL", "4s"}};
  ASSERT_TRUE(Apply({"--config", file, "--feed-ttl=500ms"}).ok());
  EXPECT_EQ(settings_.region, "from-file");
  EXPECT_EQ(settings_.account_id, "222222222222");
  EXPECT_EQ(settings_.feed_ttl_millis, 500u);
}

TEST_F(Settings, SeveralAddressesFromEachSource) {
  ASSERT_TRUE(Apply({"--listen", "127.0.0.1:1", "--listen=[::1]:2"}).ok());
  EXPECT_THAT(settings_.listen, ElementsAre("127.0.0.1:1", "[::1]:2"));
  environment_ = {{"SALLYPORT_LISTEN", "127.0.0.1:3,127.0.0.1:4"}};
  ASSERT_TRUE(Apply({}).ok());
  EXPECT_THAT(settings_.listen, ElementsAre("127.0.0.1:3", "127.0.0.1:4"));
  environment_.clear();
  ASSERT_TRUE(Apply({"--config", WriteToml("listen = [\"127.0.0.1:5\", \"127.0.0.1:6\"]")}).ok());
  EXPECT_THAT(settings_.listen, ElementsAre("127.0.0.1:5", "127.0.0.1:6"));
}

TEST_F(Settings, AnUnknownKeyIsNamedWithTheNearestKnownOne) {
  ExpectProblem(Apply({"--lsiten", "x"}), "unknown flag --lsiten (did you mean --listen?)");
  ExpectProblem(Apply({"--config", WriteToml("\nregoin = \"x\"")}),
                ":2: unknown key regoin (did you mean region?)");
  ExpectProblem(Apply({"--config", WriteToml("feed-ttl = \"1s\"")}), "did you mean feed_ttl?");
  ExpectProblem(Apply({"--config", WriteToml("[serve]\nregion = \"x\"")}), "unknown key serve");
}

TEST_F(Settings, QuotasNameACategoryAndARate) {
  ASSERT_TRUE(Apply({"--quota", "UserRead=7", "--quota=SignUp", "--quota-per-user=3"}).ok());
  ExpectProblem(CheckServeSettings(settings_), "quota \"SignUp\": neither aws nor of the form");
  for (const char* wrong : {"UserRead", "UserRead=", "UserRead=0", "UserRead=1x", "UserRead=-1"}) {
    settings_.limits.quotas = {wrong};
    ExpectProblem(CheckServeSettings(settings_), "quota \"" + std::string(wrong) + "\"");
  }
  settings_.limits.quotas = {"UserRead=7"};
  ASSERT_TRUE(CheckServeSettings(settings_).ok());
  const domain::Quotas quotas = QuotasOf(settings_.limits);
  EXPECT_EQ(quotas.per_category[static_cast<size_t>(domain::Category::kUserRead)], 7u);
  EXPECT_EQ(quotas.per_category[static_cast<size_t>(domain::Category::kUserList)], 0u);
  EXPECT_EQ(quotas.per_user, 3u);
}

uint32_t PerAddress(const domain::Quotas& quotas, domain::Anonymous what) {
  return quotas.per_address[static_cast<size_t>(what)];
}

TEST_F(Settings, LimitsByAddressAndByUserAreOnByDefaultAndQuotasAreNot) {
  const domain::Quotas quotas = QuotasOf(settings_.limits);
  for (const uint32_t rate : quotas.per_address) EXPECT_GT(rate, 0u);
  EXPECT_GT(quotas.per_user, 0u);
  for (const uint32_t rate : quotas.per_category) EXPECT_EQ(rate, 0u);
}

TEST_F(Settings, OneFlagTurnsAllLimitsOffAndIsRefusedBesideThoseThatItMakesVoid) {
  ASSERT_TRUE(Apply({"--no-rate-limits"}).ok());
  ASSERT_TRUE(CheckServeSettings(settings_).ok());
  const domain::Quotas quotas = QuotasOf(settings_.limits);
  for (const uint32_t rate : quotas.per_address) EXPECT_EQ(rate, 0u);
  EXPECT_EQ(quotas.per_user, 0u);
  settings_.limits.quotas = {"aws"};
  ExpectProblem(CheckServeSettings(settings_), "no-rate-limits: refused together with");
  settings_.limits.quotas.clear();
  settings_.limits.rate_limits = {"sign-in=1"};
  ExpectProblem(CheckServeSettings(settings_), "no-rate-limits: refused together with");
}

TEST_F(Settings, RateLimitsNameAKindAndARate) {
  ASSERT_TRUE(Apply({"--rate-limit", "sign-in=7", "--rate-limit=sign-up=0"}).ok());
  ASSERT_TRUE(CheckServeSettings(settings_).ok());
  const domain::Quotas quotas = QuotasOf(settings_.limits);
  EXPECT_EQ(PerAddress(quotas, domain::Anonymous::kSignIn), 7u);
  EXPECT_EQ(PerAddress(quotas, domain::Anonymous::kSignUp), 0u);
  EXPECT_GT(PerAddress(quotas, domain::Anonymous::kCode), 0u);
  for (const char* wrong : {"sign-in", "sign-in=", "sign-in=1x", "sign-in=-1", "anything=1"}) {
    settings_.limits.rate_limits = {wrong};
    ExpectProblem(CheckServeSettings(settings_), "rate-limit \"" + std::string(wrong) + "\"");
  }
}

TEST_F(Settings, ExemptAddressesAreAddressesOrNetworks) {
  ASSERT_TRUE(
      Apply({"--rate-limit-exempt", "192.0.2.7", "--rate-limit-exempt=2001:db8::/32"}).ok());
  ASSERT_TRUE(CheckServeSettings(settings_).ok());
  EXPECT_EQ(QuotasOf(settings_.limits).exempt.size(), 2u);
  for (const char* wrong : {"", "localhost", "192.0.2.7/24", "0.0.0.0/0", "10.0.0.0/33"}) {
    settings_.limits.rate_limit_exempt = {wrong};
    ExpectProblem(CheckServeSettings(settings_),
                  "rate-limit-exempt \"" + std::string(wrong) + "\"");
  }
}

TEST_F(Settings, TrustedProxiesAreAddressesOrNetworksAndTheProxyProtocolNeedsThem) {
  ASSERT_TRUE(Apply({"--trusted-proxy", "127.0.0.1", "--trusted-proxy=10.0.0.0/8"}).ok());
  ASSERT_TRUE(CheckServeSettings(settings_).ok());
  const http1::TrustedProxies proxies = ProxiesOf(settings_.limits);
  EXPECT_TRUE(proxies.Contains(*base::IpAddress::Parse("10.1.2.3")));
  EXPECT_FALSE(proxies.Contains(*base::IpAddress::Parse("127.0.0.2")));
  settings_.limits.trusted_proxies = {"0.0.0.0/0"};
  ExpectProblem(CheckServeSettings(settings_), "trusted-proxy \"0.0.0.0/0\"");
  settings_.limits.trusted_proxies.clear();
  settings_.limits.proxy_protocol = true;
  ExpectProblem(CheckServeSettings(settings_), "proxy-protocol: needs trusted-proxy");
}

TEST_F(Settings, AwsPublishedQuotasAreOneWordAndOtherRowsChangeThem) {
  ASSERT_TRUE(Apply({"--quota", "UserAuthentication=240", "--quota=aws"}).ok());
  ASSERT_TRUE(CheckServeSettings(settings_).ok());
  const auto of = [quotas = QuotasOf(settings_.limits)](domain::Category category) {
    return quotas.per_category[static_cast<size_t>(category)];
  };
  EXPECT_EQ(of(domain::Category::kUserAuthentication), 240u);
  EXPECT_EQ(of(domain::Category::kUserCreation), 50u);
  EXPECT_EQ(of(domain::Category::kUserAccountRecovery), 30u);
  EXPECT_EQ(of(domain::Category::kUserPoolClientUpdate), 15u);
  EXPECT_EQ(of(domain::Category::kClientAuthentication), 150u);
}

TEST_F(Settings, CeilingsNameAKindAndASize) {
  ASSERT_TRUE(Apply({"--ceiling", "sign-ups=7", "--unconfirmed-days=3"}).ok());
  ASSERT_TRUE(CheckServeSettings(settings_).ok());
  const domain::Ceilings ceilings = CeilingsOf(settings_);
  EXPECT_EQ(ceilings[domain::Leftover::kSignUps], 7 * 1024);
  EXPECT_EQ(ceilings[domain::Leftover::kCodes], domain::Ceilings()[domain::Leftover::kCodes]);
  EXPECT_EQ(ceilings.unconfirmed_seconds, 3 * 86'400);
  for (const char* wrong : {"sign-ups", "sign-ups=", "sign-ups=0", "sign-ups=1x", "sign-ups=-1",
                            "everything=1", "sign-ups=9999999999"}) {
    settings_.ceilings = {wrong};
    ExpectProblem(CheckServeSettings(settings_), "ceiling \"" + std::string(wrong) + "\"");
  }
}

TEST_F(Settings, AWrongValueIsNamedWithWhatWouldBeRight) {
  ExpectProblem(Apply({"--feed-ttl", "2"}), "feed-ttl \"2\": not a time like 500ms or 2s");
  ExpectProblem(Apply({"--quick-threads", "0"}), "not a number from 1 to 1024");
  ExpectProblem(Apply({"--confirm", "some"}), "not one of all|none");
  ExpectProblem(Apply({"--data"}), "--data needs a value");
  ExpectProblem(Apply({"--data", "a", "--data", "b"}), "data is given 2 times");
  ExpectProblem(Apply({"serve"}), "unexpected argument \"serve\"");
  ExpectProblem(Apply({"--config", "/nonexistent/x.toml"}), "/nonexistent/x.toml");
  ExpectProblem(Apply({"--config", WriteToml("region = 1.5")}), "wrong type");
}

TEST_F(Settings, WordsAreTakenApartFromTheValuesOfFlagsWhereACommandAsksForThem) {
  std::vector<std::string> words;
  ASSERT_TRUE(ApplySettings(
                  ServeTable(settings_), {"first", "--data", "d", "--help", "second"},
                  [](const char*) -> const char* { return nullptr; }, &words)
                  .ok());
  EXPECT_THAT(words, ElementsAre("first", "second"));
  EXPECT_EQ(settings_.data, "d");
}

TEST_F(Settings, HelpExplainsEveryFlag) {
  const SettingTable table = ServeTable(settings_);
  const std::string help = HelpText("usage", "purpose", table);
  for (const Setting& setting : table) {
    EXPECT_THAT(help, HasSubstr("--" + setting.name));
    EXPECT_FALSE(setting.help.empty()) << setting.name;
  }
}

TEST_F(Settings, AnyCredentialsStayOnLoopback) {
  ASSERT_TRUE(Apply({"--insecure-any-credentials", "--listen", "0.0.0.0:80"}).ok());
  ExpectProblem(CheckServeSettings(settings_), "beyond loopback");
  settings_.listen = {"127.0.0.1:80", "[::1]:80"};
  EXPECT_TRUE(CheckServeSettings(settings_).ok());
}

TEST_F(Settings, AFixedCodeNeedsTheInsecureSwitch) {
  settings_.fixed_code = "123456";
  ExpectProblem(CheckServeSettings(settings_), "only with insecure-any-credentials");
  settings_.insecure_any_credentials = true;
  EXPECT_TRUE(CheckServeSettings(settings_).ok());
}

TEST_F(Settings, PasswordHashesAreAtLeastAsStrongAsOwaspAsks) {
  settings_.argon2_memory_kib = 19'455;
  ExpectProblem(CheckServeSettings(settings_), "weaker than OWASP's minimum");
  settings_.argon2_iterations = 3;
  EXPECT_TRUE(CheckServeSettings(settings_).ok());
  settings_.argon2_memory_kib = 64;
  settings_.insecure_any_credentials = true;
  EXPECT_TRUE(CheckServeSettings(settings_).ok());
}

TEST_F(Settings, AListenerForOperatorsStaysOnLoopbackUnlessTheMetricsAreForAll) {
  for (const char* address : {"127.0.0.1:9231", "[::1]:9231", "127.9.9.9:0"}) {
    settings_ = {};
    ASSERT_TRUE(Apply({"--operator-listen", address}).ok());
    EXPECT_TRUE(CheckServeSettings(settings_).ok()) << address;
  }
  for (const char* address : {"0.0.0.0:9231", "[::]:9231", "192.0.2.1:9231"}) {
    for (const char* metrics : {"own", "local"}) {
      settings_ = {};
      ASSERT_TRUE(Apply({"--operator-listen", address, "--metrics", metrics}).ok());
      ExpectProblem(CheckServeSettings(settings_), "--metrics all");
    }
    settings_ = {};
    ASSERT_TRUE(Apply({"--operator-listen", address, "--metrics", "all"}).ok());
    EXPECT_TRUE(CheckServeSettings(settings_).ok()) << address;
  }
}

TEST_F(Settings, HalfOfATlsPairIsRefused) {
  settings_.tls_cert = "cert.pem";
  ExpectProblem(CheckServeSettings(settings_), "tls-cert and tls-key belong together");
}

}  // namespace
}  // namespace sallyport::main
