#include "http/public_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "http/request.h"
#include "login/browser.h"

namespace sallyport::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PublicPath, IsWhatFollowsTheHost) {
  EXPECT_EQ(PathOfUrl("https://login.example.com"), "");
  EXPECT_EQ(PathOfUrl("https://login.example.com/auth"), "/auth");
  EXPECT_EQ(PathOfUrl("http://127.0.0.1:9229/a/b"), "/a/b");
}

TEST(PublicPath, IsTakenFromATargetThatHasIt) {
  EXPECT_EQ(WithoutPrefix("/auth/", "/auth"), "/");
  EXPECT_EQ(WithoutPrefix("/auth", "/auth"), "/");
  EXPECT_EQ(WithoutPrefix("/auth?a=b", "/auth"), "/?a=b");
  EXPECT_EQ(WithoutPrefix("/auth/oauth2/token?a=/auth", "/auth"), "/oauth2/token?a=/auth");
  EXPECT_EQ(WithoutPrefix("/a/b/healthz", "/a/b"), "/healthz");
}

TEST(PublicPath, IsMissedNowhere) {
  EXPECT_EQ(WithoutPrefix("/healthz", "/auth"), "/healthz");
  EXPECT_EQ(WithoutPrefix("/authority", "/auth"), "/authority");
  EXPECT_EQ(WithoutPrefix("/x/auth/", "/auth"), "/x/auth/");
  EXPECT_EQ(WithoutPrefix("/auth/", ""), "/auth/");
}

TEST(PublicPath, MayHaveBeenSigned) {
  EXPECT_THAT(SignedTargets("/x?y", ""), ElementsAre("/x?y"));
  EXPECT_THAT(SignedTargets("/x?y", "/auth"), ElementsAre("/x?y", "/auth/x?y"));
  EXPECT_THAT(SignedTargets("/", "/auth"), ElementsAre("/", "/auth/", "/auth"));
  EXPECT_THAT(SignedTargets("/?y", "/auth"), ElementsAre("/?y", "/auth/?y", "/auth?y"));
}

TEST(PublicPath, UnderWhichCallsCouldNotBeServedIsRefusedInWords) {
  for (const char* url : {"https://login.example.com", "http://127.0.0.1:9229", "https://[::1]:1/a",
                          "https://login.example.com/auth/v1.2_x~y-z"}) {
    EXPECT_TRUE(CheckPublicUrl(url).ok()) << url;
  }
  for (const char* url : {"login.example.com",
                          "ftp://a",
                          "https://",
                          "https:///auth",
                          "https://user@a",
                          "https://a b",
                          "https://a/",
                          "https://a/auth/",
                          "https://a//auth",
                          "https://a/x//y",
                          "https://a/a%20b",
                          "https://a/a b",
                          "https://a/auth?x=y",
                          "https://a/auth#x",
                          "https://a/./b",
                          "https://a/..",
                          "https://a/ä",
                          "https://a?x",
                          "https://a/oauth2",
                          "https://a/_sallyport/x",
                          "https://a/healthz",
                          "https://a/.well-known",
                          "https://a:0",
                          "https://a:65536/auth",
                          "https://[::1]:99999",
                          "https://a:"}) {
    const base::Status checked = CheckPublicUrl(url);
    ASSERT_FALSE(checked.ok()) << url;
    EXPECT_THAT(checked.error().message, HasSubstr(std::string("public-url \"") + url + "\": "));
  }
}

// Otherwise it could not be told whether a proxy has removed the prefix.
TEST(PublicPath, DoesNotBeginWithThePathOfAPage) {
  for (const login::BrowserEndpoint& endpoint : login::BrowserEndpoints()) {
    const std::string url = "https://a" + std::string(endpoint.path);
    EXPECT_FALSE(CheckPublicUrl(url).ok()) << url;
  }
}

TEST(Request, IsOfTheServersOwnPathAndIsSignedAsItCame) {
  http1::Head head;
  const std::string bytes =
      "POST /auth/x?y=z HTTP/1.1\r\nHost: a\r\nAccept: 1\r\nAccept: 2\r\n\r\n";
  ASSERT_EQ(http1::ParseHead(bytes, &head), nullptr);
  const Request request(head, "/auth");
  EXPECT_EQ(Path(request), "/x");
  EXPECT_EQ(Query(request), "y=z");
  EXPECT_EQ(ToSigned(request).target, "/auth/x?y=z");
  EXPECT_EQ(ToSigned(request).headers.size(), 3U);
  EXPECT_EQ(Header(request, "accept"), "1");
}

}  // namespace
}  // namespace sallyport::http
