#include "http1/head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sallyport::http1 {
namespace {

using ::testing::HasSubstr;

// Does what a listener does with these bytes: the scanner finds the end of the head, or refuses;
// the parser judges the head.
const Refusal* Judge(std::string_view bytes, Head* head) {
  HeadScanner scanner;
  const size_t size = scanner.Look(bytes);
  if (scanner.refusal() != nullptr) return scanner.refusal();
  EXPECT_GT(size, 0U) << bytes;
  return ParseHead(bytes.substr(0, size), head);
}

// 0: the head is accepted.
int StatusOf(std::string_view bytes) {
  Head head;
  const Refusal* refusal = Judge(bytes, &head);
  return refusal != nullptr ? refusal->status : 0;
}

int StatusOfFields(const std::string& fields) {
  return StatusOf("POST / HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\n");
}

TEST(Head, IsTakenApart) {
  const std::string bytes =
      "POST /a?b=%20 HTTP/1.1\r\nHost: a.example:80\r\nX-Amz-Target: \t A.B \r\n"
      "Content-Length: 12\r\nExpect: 100-Continue\r\nEmpty:\r\n\r\nthe body";
  HeadScanner scanner;
  const size_t size = scanner.Look(bytes);
  EXPECT_EQ(size, bytes.size() - 8);
  Head head;
  ASSERT_EQ(ParseHead(std::string_view(bytes).substr(0, size), &head), nullptr);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/a?b=%20");
  EXPECT_TRUE(head.http11);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_FALSE(head.chunked);
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_EQ(head.Get("x-amz-target"), "A.B");
  EXPECT_TRUE(head.Has("EMPTY"));
  EXPECT_EQ(head.Get("empty"), "");
  EXPECT_FALSE(head.Has("other"));
}

TEST(Head, IsFoundWhateverPiecesItComesIn) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
  for (size_t first = 1; first < bytes.size(); ++first) {
    HeadScanner scanner;
    EXPECT_EQ(scanner.Look(std::string_view(bytes).substr(0, first)), 0U);
    EXPECT_EQ(scanner.Look(bytes), bytes.size());
    EXPECT_EQ(scanner.refusal(), nullptr);
  }
  HeadScanner byte_by_byte;
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(byte_by_byte.Look(std::string_view(bytes).substr(0, size)), 0U);
  }
  EXPECT_EQ(byte_by_byte.Look(bytes), bytes.size());
}

TEST(Head, WithLinesThatEndWithLfAloneIsRefusedBeforeItsEnd) {
  for (const char* bytes : {"GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: x\n", "\n", "\r\n",
                            "GET / HTTP/1.1\r\nHost: x\r\n\n"}) {
    HeadScanner scanner;
    EXPECT_EQ(scanner.Look(bytes), 0U);
    ASSERT_NE(scanner.refusal(), nullptr) << bytes;
    EXPECT_EQ(scanner.refusal()->status, 400);
  }
}

TEST(Head, WithABareCrIsRefused) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\rHost: x\r\n\r\n"), 400);
  EXPECT_EQ(StatusOfFields("A: b\rContent-Length: 5\r\n"), 400);
  EXPECT_EQ(StatusOfFields("A\r: b\r\n"), 400);
  EXPECT_EQ(StatusOfFields("\rA: b\r\n"), 400);
}

TEST(Head, WithAnotherTransferEncodingThanChunkedIsRefused) {
  EXPECT_EQ(StatusOfFields("Transfer-Encoding: chunked\r\n"), 0);
  EXPECT_EQ(StatusOfFields("transfer-encoding: Chunked\r\n"), 0);
  for (const char* value : {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked",
                            "identity", "", "chunked;a=b", "xchunked", "chunked ,",
                            "\x0b"
                            "chunked"}) {
    EXPECT_EQ(StatusOfFields(std::string("Transfer-Encoding: ") + value + "\r\n"), 400) << value;
  }
}

TEST(Head, WithTwoTransferEncodingsIsRefused) {
  EXPECT_EQ(StatusOfFields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(StatusOfFields("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"), 400);
  EXPECT_EQ(StatusOfFields("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), 400);
}

TEST(Head, WithTransferEncodingAndContentLengthIsRefusedInEitherOrder) {
  EXPECT_EQ(StatusOfFields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400);
  EXPECT_EQ(StatusOfFields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(StatusOfFields("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400);
}

TEST(Head, OfHttp10HasNoTransferEncoding) {
  EXPECT_EQ(StatusOf("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(Head, WithAContentLengthThatIsNotOneNumberIsRefused) {
  EXPECT_EQ(StatusOfFields("Content-Length: 5\r\n"), 0);
  for (const char* value : {"", "+5", "-5", "5, 5", "5,6", "0x5", "5 5", "5.0", "1e3",
                            "99999999999999999999999999", "18446744073709551621"}) {
    EXPECT_EQ(StatusOfFields(std::string("Content-Length: ") + value + "\r\n"), 400) << value;
  }
  EXPECT_EQ(StatusOfFields("Content-Length: 5\r\nContent-Length: 5\r\n"), 400);
  EXPECT_EQ(StatusOfFields("Content-Length: 5\r\ncontent-length: 6\r\n"), 400);
}

TEST(Head, NeedsOneHost) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
}

TEST(Head, WithAHostThatIsNoneIsRefused) {
  for (const char* host : {"a", "a.example", "a.example:9229", "127.0.0.1:1", "[::1]", "[::1]:80",
                           "a_b.example", "a:"}) {
    EXPECT_EQ(StatusOf(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n"), 0) << host;
  }
  for (const char* host : {"", "a b", "a,b", "a/b", "user@a", "a:b", "a:123456", "[::1", "[]",
                           "[g]", "a:1:2", "a?b", "a#b", ":80", "http://a"}) {
    EXPECT_EQ(StatusOf(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n"), 400) << host;
  }
}

TEST(Head, WithAFoldedFieldIsRefused) {
  EXPECT_EQ(StatusOfFields("A: b\r\n c\r\n"), 400);
  EXPECT_EQ(StatusOfFields("A: b\r\n\tc\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n Host: a\r\nHost: b\r\n\r\n"), 400);
}

TEST(Head, WithBlanksBeforeTheColonOrInANameIsRefused) {
  EXPECT_EQ(StatusOfFields("A : b\r\n"), 400);
  EXPECT_EQ(StatusOfFields("A\t: b\r\n"), 400);
  EXPECT_EQ(StatusOfFields("A B: b\r\n"), 400);
  EXPECT_EQ(StatusOfFields("Content-Length : 5\r\n"), 400);
}

TEST(Head, WithANameThatIsNoTokenIsRefused) {
  for (const char* line : {": b", "A\"B: b", "A(B): b", "A[B: b",
                           "A\x7f"
                           "B: b",
                           "\xc3\xa4: b", "no colon", "A\x01: b"}) {
    EXPECT_EQ(StatusOfFields(std::string(line) + "\r\n"), 400) << line;
  }
  EXPECT_EQ(StatusOfFields(std::string("A\0B: b\r\n", 8)), 400);
  EXPECT_EQ(StatusOfFields("A!#$%&'*+-.^_`|~1: b\r\n"), 0);
}

TEST(Head, WithControlCharactersInAValueIsRefused) {
  EXPECT_EQ(StatusOfFields(std::string("A: b\0c\r\n", 8)), 400);
  EXPECT_EQ(StatusOfFields("A: b\x01\r\n"), 400);
  EXPECT_EQ(StatusOfFields("A: b\x7f\r\n"), 400);
  EXPECT_EQ(StatusOfFields("A: b\tc \xc3\xa4\r\n"), 0);
}

TEST(Head, WithATargetThatIsNoPathIsRefused) {
  const auto status = [](const std::string& target, const std::string& method = "GET") {
    return StatusOf(method + " " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
  };
  for (const char* target :
       {"/", "/a/b?c=d&e", "/a%2Fb", "/?a[b]={c}|d^e`f", "//a", "/a:b@c!$'()*+,;="}) {
    EXPECT_EQ(status(target), 0) << target;
  }
  for (const char* target :
       {"a", "http://a/b", "a:443", "*", "?a", "/a#b", "/a\"b", "/a<b>", "/a\\b", "/a\x7f",
        "/\xc3\xa4", "/a%", "/a%2", "/a%zz", "/a\tb", "/a\x01"}) {
    EXPECT_EQ(status(target), 400) << target;
  }
  EXPECT_EQ(status("*", "OPTIONS"), 0);
  EXPECT_EQ(status("a:443", "CONNECT"), 400);
}

TEST(Head, WithARequestLineOfAnotherFormIsRefused) {
  for (const char* line :
       {"nonsense", "GET /", "GET  / HTTP/1.1", "GET /  HTTP/1.1", " GET / HTTP/1.1",
        "GET / HTTP/1.1 ", "GET / http/1.1", "GET / HTTP/1.10", "GET / HTTP/11", "GET / HTTPS/1.1",
        "G(T / HTTP/1.1", "G\x01T / HTTP/1.1", " / HTTP/1.1", "GET\t/\tHTTP/1.1",
        "A23456789012345678901234567890123 / HTTP/1.1"}) {
    EXPECT_EQ(StatusOf(std::string(line) + "\r\nHost: a\r\n\r\n"), 400) << line;
  }
  for (const char* version : {"HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/3.0"}) {
    EXPECT_EQ(StatusOf(std::string("GET / ") + version + "\r\nHost: a\r\n\r\n"), 505) << version;
  }
}

TEST(Head, WithTwoFieldsThatReadersWouldChooseBetweenIsRefused) {
  for (const std::string name :
       {"Authorization", "Content-Type", "X-Amz-Target", "X-Amz-Date", "X-Amz-Security-Token"}) {
    EXPECT_EQ(StatusOfFields(name + ": a\r\n"), 0) << name;
    EXPECT_EQ(StatusOfFields(name + ": a\r\n" + name + ": a\r\n"), 400) << name;
  }
  EXPECT_EQ(StatusOfFields("Accept: a\r\nAccept: b\r\n"), 0);
}

TEST(Head, WithVeryManyFieldsIsRefused) {
  std::string fields;
  for (int i = 0; i < 127; ++i) fields += "A: b\r\n";
  EXPECT_EQ(StatusOfFields(fields), 0);
  EXPECT_EQ(StatusOfFields(fields + "A: b\r\n"), 431);
}

TEST(Head, SaysWhetherTheConnectionGoesOn) {
  const auto keeps = [](const std::string& version, const std::string& field) {
    Head head;
    const std::string bytes = "GET / HTTP/" + version + "\r\nHost: a\r\n" + field + "\r\n";
    EXPECT_EQ(Judge(bytes, &head), nullptr);
    return head.keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: upgrade , Close\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("1.0", "Connection: keep-alive\r\nConnection: close\r\n"));
}

TEST(Head, IsRefusedInWords) {
  Head head;
  const Refusal* refusal =
      Judge("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            &head);
  ASSERT_NE(refusal, nullptr);
  EXPECT_THAT(std::string(refusal->why), HasSubstr("Transfer-Encoding and Content-Length"));
}

}  // namespace
}  // namespace sallyport::http1
