// CreateUserPoolDomain, DescribeUserPoolDomain, UpdateUserPoolDomain, DeleteUserPoolDomain.
#include "domain/pools/pool_domain.h"
#include "fixture.h"
#include "store/store.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kCertificate = "arn:aws:acm:us-east-1:000000000000:certificate/a";

class UserPoolDomainsTest : public OperationTest {
 protected:
  Reply Domain(std::string_view verb, std::string_view name, json::object more = {}) {
    more.emplace("UserPoolId", pool_);
    more["Domain"] = name;
    return Call(std::string(verb) + "UserPoolDomain", more);
  }
  Reply Describe(std::string_view name) {
    return Call("DescribeUserPoolDomain", json::object{{"Domain", name}});
  }
  Reply DescribePool() { return Call("DescribeUserPool", {{"UserPoolId", pool_}}); }
  std::string PoolOfHost(std::string_view host) {
    auto pool = domain::FindPoolOfHost(*store_, settings_, host);
    EXPECT_TRUE(pool.ok());
    return pool.ok() ? pool->value_or("") : "";
  }
  const json::object custom_{{"CustomDomainConfig", {{"CertificateArn", kCertificate}}}};
  const std::string pool_ = MakePool();
};

TEST_F(UserPoolDomainsTest, APrefixDomainIsDescribedAndShownByItsPool) {
  const Reply created = Domain("Create", "acme");
  ASSERT_TRUE(Succeeded(created));
  EXPECT_EQ(created.body, (json::object{{"ManagedLoginVersion", 1}}));
  const Reply reply = Describe("acme");
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("DomainDescription.UserPoolId"), pool_);
  EXPECT_EQ(reply.Text("DomainDescription.Domain"), "acme");
  EXPECT_EQ(reply.Text("DomainDescription.Status"), "ACTIVE");
  EXPECT_EQ(reply.Text("DomainDescription.Version").size(), 14u);
  EXPECT_EQ(reply.At("DomainDescription.CustomDomainConfig"), json::value(json::object()));
  EXPECT_EQ(reply.Text("DomainDescription.S3Bucket"), "aws-cognito-prod-eu-west-1-assets");
  EXPECT_EQ(DescribePool().Text("UserPool.Domain"), "acme");
  // An update of the pool leaves it there.
  ASSERT_TRUE(Succeeded(Call("UpdateUserPool", {{"UserPoolId", pool_}})));
  EXPECT_EQ(DescribePool().Text("UserPool.Domain"), "acme");
}

TEST_F(UserPoolDomainsTest, ACustomDomainPointsAtThisServer) {
  settings_.public_url = "https://auth.sallyport.example:8443";
  const Reply created = Domain("Create", "login.acme.example", custom_);
  ASSERT_TRUE(Succeeded(created));
  EXPECT_EQ(created.Text("CloudFrontDomain"), "auth.sallyport.example");
  EXPECT_EQ(DescribePool().Text("UserPool.CustomDomain"), "login.acme.example");
  EXPECT_EQ(
      Describe("login.acme.example").Text("DomainDescription.CustomDomainConfig.CertificateArn"),
      kCertificate);
  // One of each kind.
  EXPECT_TRUE(Succeeded(Domain("Create", "acme")));
  EXPECT_TRUE(FailedWith(Domain("Create", "acme2"), "InvalidParameterException",
                         "User pool already has a domain configured."));
}

TEST_F(UserPoolDomainsTest, AnUnknownDomainIsDescribedByNothing) {
  const Reply reply = Describe("nobody");
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.body, (json::object{{"DomainDescription", json::object()}}));
}

TEST_F(UserPoolDomainsTest, NamesAreUniqueAndWellFormed) {
  ASSERT_TRUE(Succeeded(Domain("Create", "acme")));
  EXPECT_TRUE(FailedWith(Domain("Create", "acme", {{"UserPoolId", MakePool()}}),
                         "InvalidParameterException",
                         "Domain already associated with another user pool."));
  for (const char* name : {"Acme", "a.b", "-a", "a-", "a_b"}) {
    EXPECT_EQ(Domain("Create", name).code, "InvalidParameterException") << name;
  }
  EXPECT_TRUE(FailedWith(Domain("Create", "my-cognito"), "InvalidParameterException",
                         "Domain cannot contain reserved word: cognito"));
  for (const char* name : {"localhost", "a..b", "a.b.", "A.example"}) {
    EXPECT_EQ(Domain("Create", name, custom_).code, "InvalidParameterException") << name;
  }
  EXPECT_EQ(Domain("Create", "other", {{"UserPoolId", "eu-west-1_x"}}).code,
            "ResourceNotFoundException");
}

TEST_F(UserPoolDomainsTest, AnUpdateChangesBrandingAndCertificate) {
  ASSERT_TRUE(Succeeded(Domain("Create", "login.acme.example", custom_)));
  const std::string other = "arn:aws:acm:us-east-1:000000000000:certificate/b";
  const Reply updated =
      Domain("Update", "login.acme.example",
             {{"ManagedLoginVersion", 2}, {"CustomDomainConfig", {{"CertificateArn", other}}}});
  ASSERT_TRUE(Succeeded(updated));
  EXPECT_EQ(updated.At("ManagedLoginVersion"), 2);
  const Reply reply = Describe("login.acme.example");
  EXPECT_EQ(reply.At("DomainDescription.ManagedLoginVersion"), 2);
  EXPECT_EQ(reply.Text("DomainDescription.CustomDomainConfig.CertificateArn"), other);
  EXPECT_EQ(Domain("Update", "login.acme.example", {{"ManagedLoginVersion", 3}}).code,
            "InvalidParameterException");
  EXPECT_TRUE(FailedWith(Domain("Update", "nobody"), "InvalidParameterException",
                         "No such domain or user pool exists."));
}

TEST_F(UserPoolDomainsTest, ManagedLoginNeedsMoreThanTheLiteTier) {
  ASSERT_TRUE(Succeeded(Call("UpdateUserPool", {{"UserPoolId", pool_}, {"UserPoolTier", "LITE"}})));
  EXPECT_EQ(Domain("Create", "acme", {{"ManagedLoginVersion", 2}}).code,
            "FeatureUnavailableInTierException");
  EXPECT_TRUE(Succeeded(Domain("Create", "acme")));
}

TEST_F(UserPoolDomainsTest, APoolOutlivesItsDomains) {
  ASSERT_TRUE(Succeeded(Domain("Create", "acme")));
  EXPECT_TRUE(FailedWith(Call("DeleteUserPool", {{"UserPoolId", pool_}}),
                         "InvalidParameterException",
                         "User pool cannot be deleted. It has a domain configured that should be "
                         "deleted first."));
  EXPECT_TRUE(FailedWith(Domain("Delete", "acme", {{"UserPoolId", MakePool()}}),
                         "InvalidParameterException", "No such domain or user pool exists."));
  EXPECT_TRUE(Succeeded(Domain("Delete", "acme")));
  EXPECT_TRUE(DescribePool().At("UserPool.Domain").is_null());
  EXPECT_EQ(Describe("acme").body, (json::object{{"DomainDescription", json::object()}}));
  EXPECT_TRUE(Succeeded(Call("DeleteUserPool", {{"UserPoolId", pool_}})));
}

TEST_F(UserPoolDomainsTest, APrefixIsFreeInEachRegionAndACustomDomainInNoOther) {
  settings_.public_url = "http://auth.localhost:9229";
  settings_.region = "ap-south-1";
  const auto in = [&](std::string_view region) { signed_region_ = std::string(region); };
  ASSERT_TRUE(Succeeded(Domain("Create", "acme")));
  ASSERT_TRUE(Succeeded(Domain("Create", "login.acme.example", custom_)));
  in("ap-south-1");
  const std::string own = MakePool();
  in("us-east-1");
  const std::string other = MakePool();
  clock_.AdvanceMillis(1);
  EXPECT_EQ(Describe("acme").At("DomainDescription"), json::value(json::object()));
  EXPECT_EQ(Describe("login.acme.example").At("DomainDescription"), json::value(json::object()));
  EXPECT_TRUE(FailedWith(
      Domain("Create", "login.acme.example",
             {{"UserPoolId", other}, {"CustomDomainConfig", {{"CertificateArn", kCertificate}}}}),
      "InvalidParameterException", "Domain already associated with another user pool."));
  ASSERT_TRUE(Succeeded(Domain("Create", "acme", {{"UserPoolId", other}})));
  EXPECT_EQ(Describe("acme").Text("DomainDescription.UserPoolId"), other);
  EXPECT_EQ(PoolOfHost("acme.auth.us-east-1.amazoncognito.com"), other);
  EXPECT_EQ(PoolOfHost("acme.auth.eu-west-1.amazoncognito.com"), pool_);
  // On a host without a region, the pool that has had the prefix longest is found, but the server's
  // own region comes first.
  EXPECT_EQ(PoolOfHost("acme.auth.localhost"), pool_);
  in("ap-south-1");
  ASSERT_TRUE(Succeeded(Domain("Create", "acme", {{"UserPoolId", own}})));
  EXPECT_EQ(PoolOfHost("acme.auth.localhost"), own);
  ASSERT_TRUE(Succeeded(Domain("Delete", "acme", {{"UserPoolId", own}})));
  in("eu-west-1");
  ASSERT_TRUE(Succeeded(Domain("Delete", "acme")));
  EXPECT_EQ(PoolOfHost("acme.auth.localhost"), other);
  EXPECT_EQ(PoolOfHost("acme.auth.eu-west-1.amazoncognito.com"), "");
}

TEST_F(UserPoolDomainsTest, ARegionBeforeThePrefixNamesNothing) {
  settings_.public_url = "http://auth.localhost:9229";
  ASSERT_TRUE(Succeeded(Domain("Create", "acme")));
  const json::object nothing{{"DomainDescription", json::object()}};
  for (const std::string_view region : {"eu-west-1", "us-east-1"}) {
    const std::string name = std::string(region) + "/acme";
    EXPECT_EQ(Describe(name).body, nothing);
    for (const char* verb : {"Update", "Delete"}) {
      EXPECT_FALSE(Domain(verb, name).ok()) << verb;
    }
    for (const char* host : {"", ".auth.localhost", ".auth.eu-west-1.amazoncognito.com",
                             ".auth.x.amazoncognito.com"}) {
      EXPECT_EQ(PoolOfHost(name + host), "") << name << host;
    }
  }
  EXPECT_EQ(Describe("acme").Text("DomainDescription.UserPoolId"), pool_);
  EXPECT_EQ(PoolOfHost("acme.auth.localhost"), pool_);
}

TEST_F(UserPoolDomainsTest, AHostNamesItsPool) {
  settings_.public_url = "http://auth.localhost:9229";
  ASSERT_TRUE(Succeeded(Domain("Create", "acme")));
  ASSERT_TRUE(Succeeded(Domain("Create", "login.acme.example", custom_)));
  for (const char* host : {"acme.auth.eu-west-1.amazoncognito.com", "acme.auth.localhost:9229",
                           "ACME.auth.localhost", "login.acme.example", "Login.Acme.Example:443"}) {
    EXPECT_EQ(PoolOfHost(host), pool_) << host;
  }
  for (const char* host :
       {"", "acme", "auth.localhost:9229", "acme.auth.us-east-1.amazoncognito.com",
        "x.acme.auth.localhost", "acmeauth.localhost", "login.acme.example.auth.localhost",
        "login.acme.example.auth.eu-west-1.amazoncognito.com", ".auth.localhost", "[::1]:9229",
        "login.acme.example."}) {
    EXPECT_EQ(PoolOfHost(host), "") << host;
  }
}

}  // namespace
}  // namespace sallyport::operations
