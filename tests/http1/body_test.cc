#include "http1/body.h"

#include <gtest/gtest.h>

#include <string>

namespace sallyport::http1 {
namespace {

constexpr uint64_t kLimit = 1000;

Head Chunked() {
  Head head;
  head.chunked = true;
  return head;
}

Head OfLength(uint64_t length) {
  Head head;
  head.content_length = length;
  return head;
}

struct Decoded {
  std::string text;
  size_t taken = 0;
  bool done = false;
  int refused = 0;
};

Decoded Decode(const Head& head, std::string_view bytes, size_t piece = 1000) {
  Body body(head, kLimit);
  Decoded decoded;
  while (decoded.taken < bytes.size() && !body.done() && body.refusal() == nullptr) {
    decoded.taken += body.Decode(bytes.substr(decoded.taken, piece), kLimit, &decoded.text);
  }
  decoded.done = body.done();
  if (body.refusal() != nullptr) decoded.refused = body.refusal()->status;
  return decoded;
}

TEST(Body, OfAKnownLengthEndsThere) {
  const Decoded decoded = Decode(OfLength(5), "helloGET /");
  EXPECT_TRUE(decoded.done);
  EXPECT_EQ(decoded.text, "hello");
  EXPECT_EQ(decoded.taken, 5U);
  EXPECT_FALSE(Decode(OfLength(5), "hell").done);
}

TEST(Body, IsNoneWhereTheHeadSaysNothing) {
  EXPECT_TRUE(Body(Head(), kLimit).done());
  EXPECT_TRUE(Body(OfLength(0), kLimit).done());
  EXPECT_FALSE(Body(Chunked(), kLimit).done());
}

TEST(Body, LongerThanTheLimitIsRefused) {
  ASSERT_NE(Body(OfLength(kLimit + 1), kLimit).refusal(), nullptr);
  EXPECT_EQ(Body(OfLength(kLimit), kLimit).refusal(), nullptr);
  const std::string chunk = "1f4\r\n" + std::string(500, 'a') + "\r\n";
  EXPECT_TRUE(Decode(Chunked(), chunk + chunk + "0\r\n\r\n").done);
  EXPECT_EQ(Decode(Chunked(), chunk + chunk + "1\r\na\r\n0\r\n\r\n").refused, 413);
}

TEST(Body, InChunksIsPutTogetherWhateverPiecesItComesIn) {
  const std::string bytes =
      "5\r\nhello\r\n1;a=b;c=\"d\"\r\n,\r\n00A\r\n0123456789\r\n0\r\n\r\nGET /";
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Decoded decoded = Decode(Chunked(), bytes, piece);
    EXPECT_TRUE(decoded.done);
    EXPECT_EQ(decoded.text, "hello,0123456789");
    EXPECT_EQ(decoded.taken, bytes.size() - 5);
  }
}

TEST(Body, IsGivenInNoLargerPiecesThanAsked) {
  Body body(Chunked(), kLimit);
  const std::string_view bytes = "5\r\nhello\r\n0\r\n\r\n";
  std::string out;
  size_t at = body.Decode(bytes, 2, &out);
  EXPECT_EQ(out, "he");
  at += body.Decode(bytes.substr(at), 2, &out);
  EXPECT_EQ(out, "hell");
  at += body.Decode(bytes.substr(at), 2, &out);
  EXPECT_EQ(out, "hello");
  EXPECT_TRUE(body.done());
  EXPECT_EQ(at, bytes.size());
}

TEST(Body, InChunksOfAnotherFormIsRefused) {
  for (const std::string bytes :
       {"\r\n", "g\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "+5\r\nhello\r\n",
        "0x5\r\nhello\r\n", "-1\r\n", "5\nhello\r\n", "5\rhello", "5\r\nhello\n", "5\r\nhelloX",
        "5\r\nhello\rX", "123456789\r\n", "5;a\n\r\nhello\r\n", "5;a=\"\nb\"\r\nhello\r\n",
        "5;a\rb\r\nhello", "0\r\n\n", "0\r\n\rX", "0\n\r\n"}) {
    EXPECT_EQ(Decode(Chunked(), bytes).refused, 400) << bytes;
  }
}

TEST(Body, WithTrailersIsRefused) {
  EXPECT_EQ(Decode(Chunked(), "1\r\na\r\n0\r\nAuthorization: b\r\n\r\n").refused, 400);
  EXPECT_EQ(Decode(Chunked(), "0\r\nX: y\r\n\r\n").refused, 400);
}

TEST(Body, WithALongExtensionIsRefused) {
  EXPECT_EQ(Decode(Chunked(), "5;" + std::string(2000, 'a') + "\r\nhello\r\n").refused, 400);
  std::string many;
  for (int i = 0; i < 500; ++i) many += "1;abc\r\na\r\n";
  EXPECT_EQ(Decode(Chunked(), many).refused, 400);
}

}  // namespace
}  // namespace sallyport::http1
