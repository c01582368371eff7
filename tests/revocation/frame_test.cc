#include "revocation/frame.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace sallyport::revocation {
namespace {

LogPosition Position(uint64_t sequence, uint8_t fill) {
  LogPosition position{sequence, {}};
  position.hash.fill(fill);
  return position;
}

PositionMark Mark(uint8_t fill) {
  PositionMark mark;
  mark.fill(fill);
  return mark;
}

std::vector<Frame> OneOfEach() {
  Hello hello;
  hello.instance.fill(7);
  hello.log.fill(9);
  hello.position = Position(0x0102030405060708, 0xab);
  hello.mark.fill(0xcd);
  hello.holds_lease = true;
  hello.name = "gate-1";
  Welcome welcome{Resume::kSnapshot, {}, 2000};
  welcome.log.fill(3);
  const std::vector<Revocation> revocations = {
      {Kind::kFamily, "5f0c6b1e-8a51-4b3c-9b43-0a2b3c4d5e6f", "", 1'700'000'000},
      {Kind::kKeyPublished, "https://issuer k1", R"({"kty":"RSA"})", kNever}};
  return {hello,
          Ack{42},
          Renew{43},
          welcome,
          SnapshotBegin{Position(5, 1), 1000},
          SnapshotPage{revocations},
          SnapshotPage{},
          SnapshotEnd{Mark(0x21)},
          Entries{Position(6, 2), revocations, Mark(0x22)},
          Grant{43, 0xfeed, 2000, 1'700'000'000'123, 1'699'999'000},
          NoGrant{43, "behind"},
          Goodbye{"stopping"}};
}

TEST(Frame, DecodesWhatItEncoded) {
  for (const Frame& frame : OneOfEach()) {
    const auto decoded = Decode(Encode(frame));
    ASSERT_TRUE(decoded.ok()) << decoded.error().cause;
    EXPECT_EQ(*decoded, frame);
  }
}

// A reader that somebody else writes must agree to the byte: docs/revocation-feed.md.
TEST(Frame, HasTheDocumentedBytes) {
  EXPECT_EQ(base::HexEncode(base::AsBytes(Encode(Ack{0x0102}))), "020201000000000000");
  EXPECT_EQ(base::HexEncode(base::AsBytes(
                Encode(Entries{Position(1, 0x11), {{Kind::kJti, "ab", "c", 0x0708}}, Mark(0x22)}))),
            "14"
            "0100000000000000"
            "1111111111111111111111111111111111111111111111111111111111111111"
            "2222222222222222222222222222222222222222222222222222222222222222"
            "01000000"
            "03"
            "0807000000000000"
            "0200"
            "6162"
            "0100"
            "63");
}

TEST(Frame, VersionThreeHasQuestionsInPlaceOfLeases) {
  Hello hello;
  hello.version = kAskingVersion;
  hello.position = Position(3, 4);
  hello.name = "lambda";
  const std::vector<Frame> asking = {hello, Ask{1}, AskedPosition{1, 2, 1'700'000'000'123, 4},
                                     NoPosition{1, "not now"}};
  for (const Frame& frame : asking) {
    const auto decoded = Decode(Encode(frame, kAskingVersion), kAskingVersion);
    ASSERT_TRUE(decoded.ok()) << decoded.error().cause;
    EXPECT_EQ(*decoded, frame);
    EXPECT_FALSE(Decode(Encode(frame, kAskingVersion)).ok()) << "in version 2";
  }
  EXPECT_EQ(base::HexEncode(base::AsBytes(Encode(Ask{0x0102}, kAskingVersion))),
            "040201000000000000");
  EXPECT_EQ(base::HexEncode(
                base::AsBytes(Encode(AskedPosition{0x0102, 0x03, 0x04, 0x05}, kAskingVersion))),
            "18"
            "0201000000000000"
            "0300000000000000"
            "0400000000000000"
            "0500000000000000");
  const std::vector<Frame> of_leases = {Ack{1}, Renew{1}, Grant{1, 1, 2000, 1}, NoGrant{1, ""}};
  for (const Frame& frame : of_leases) {
    EXPECT_FALSE(Decode(Encode(frame), kAskingVersion).ok());
  }
  hello.holds_lease = true;
  EXPECT_FALSE(Decode(Encode(hello, kAskingVersion), kAskingVersion).ok());
}

// Agents of the feed's version 1 can follow a new server: docs/guide/upgrade.md.
TEST(Frame, InVersionOneHasTheBytesOfVersionOne) {
  EXPECT_EQ(base::HexEncode(base::AsBytes(
                Encode(Entries{Position(1, 0x11), {{Kind::kJti, "ab", "c", 0x0708}}, Mark(0x22)},
                       kOldFeedVersion))),
            "14"
            "0100000000000000"
            "1111111111111111111111111111111111111111111111111111111111111111"
            "01000000"
            "03"
            "0807000000000000"
            "0200"
            "6162"
            "0100"
            "63");
  EXPECT_EQ(Encode(SnapshotEnd{Mark(1)}, kOldFeedVersion).size(), 1U);
  EXPECT_EQ(Encode(Grant{1, 2, 3, 4, 5}, kOldFeedVersion).size(), 1U + 8 + 8 + 4 + 8);
  Hello hello;
  hello.version = kOldFeedVersion;
  hello.position = Position(3, 4);
  hello.name = "old";
  EXPECT_EQ(Encode(hello, kOldFeedVersion).size(), 1U + 2 + 16 + 16 + 40 + 2 + 3);
  const auto decoded = Decode(Encode(hello, kOldFeedVersion), kOldFeedVersion);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(std::get<Hello>(*decoded), hello);
}

TEST(Frame, TheVersionOfAHelloIsReadWhateverFollows) {
  Hello hello;
  hello.version = 7;
  const std::string bytes = Encode(hello) + "what version 7 has more";
  EXPECT_EQ(HelloVersion(bytes), 7);
  EXPECT_FALSE(Decode(bytes).ok());
  EXPECT_FALSE(Decode(Encode(hello)).ok()) << "another version's Hello is none of this one's";
  EXPECT_EQ(HelloVersion(std::string_view(bytes).substr(0, 2)), std::nullopt);
  EXPECT_EQ(HelloVersion(Encode(Ack{1})), std::nullopt);
}

TEST(Frame, RefusesEveryPrefixAndEveryExtensionOfAFrame) {
  for (const Frame& frame : OneOfEach()) {
    const std::string bytes = Encode(frame);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(Decode(std::string_view(bytes).substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(Decode(bytes + '\0').ok());
  }
}

TEST(Frame, RefusesValuesOutOfRange) {
  const auto with = [](const Frame& frame, size_t offset, char value) {
    std::string bytes = Encode(frame);
    bytes.at(offset) = value;
    return bytes;
  };
  const Entries entries{Position(1, 1), {{Kind::kJti, "a", "", 5}}};
  ASSERT_TRUE(Decode(with(entries, 77, 7)).ok());
  EXPECT_FALSE(Decode(with(entries, 77, 0)).ok()) << "kind 0";
  EXPECT_FALSE(Decode(with(entries, 77, 8)).ok()) << "kind 8";
  EXPECT_FALSE(Decode(with(entries, 73, 2)).ok()) << "more entries than bytes";
  EXPECT_FALSE(Decode(with(entries, 76, '\xff')).ok()) << "billions of entries";
  EXPECT_FALSE(Decode(with(Welcome{Resume::kTail, {}, 1}, 1, 3)).ok()) << "resume 3";
  EXPECT_FALSE(Decode(with(Hello{}, 1 + 2 + 16 + 16 + 40 + 32, 2)).ok()) << "a lease of 2";
  EXPECT_FALSE(Decode(Encode(Welcome{Resume::kTail, {}, 0})).ok()) << "ttl 0";
  EXPECT_FALSE(Decode(Encode(Grant{1, 0, 2000, 1})).ok()) << "epoch 0";
  EXPECT_FALSE(Decode(Encode(Grant{1, 1, 0, 1})).ok()) << "ttl 0";
  EXPECT_FALSE(Decode(Encode(SnapshotPage{{{Kind::kJti, "", "", 5}}})).ok()) << "no subject";
  EXPECT_FALSE(Decode(std::string("\x63", 1)).ok()) << "unknown type";
  EXPECT_FALSE(Decode(std::string(kMaxFrameBytes + 1, '\x02')).ok()) << "too long";
}

TEST(Frame, RefusesTextsBeyondTheirBound) {
  const std::string subject(kMaxSubjectBytes, 's');
  const std::string detail(kMaxDetailBytes, 'd');
  EXPECT_TRUE(Decode(Encode(SnapshotPage{{{Kind::kJti, subject, detail, 5}}})).ok());
  EXPECT_FALSE(Decode(Encode(SnapshotPage{{{Kind::kJti, subject + "s", "", 5}}})).ok());
  EXPECT_FALSE(Decode(Encode(SnapshotPage{{{Kind::kJti, "s", detail + "d", 5}}})).ok());
  const auto cut = Decode(Encode(Goodbye{std::string(5000, 'x')}));
  ASSERT_TRUE(cut.ok());
  EXPECT_EQ(std::get<Goodbye>(*cut).reason.size(), kMaxTextBytes);
}

TEST(Frame, EncodedSizeIsWhatAnEntryAdds) {
  const Revocation revocation{Kind::kFamily, "subject", "detail", 5};
  const size_t none = Encode(Entries{}).size();
  EXPECT_LE(none, kFrameOverheadBytes);
  EXPECT_EQ(Encode(Entries{{}, {revocation}}).size(), none + EncodedSize(revocation));
}

// Computed separately, with Python's hashlib, over the bytes that docs/revocation-feed.md
// describes.
TEST(NextHash, HashesTheDocumentedBytes) {
  const LogHash first =
      NextHash({}, 1, {Kind::kFamily, "5f0c6b1e-8a51-4b3c-9b43-0a2b3c4d5e6f", "", 1'700'000'000});
  EXPECT_EQ(base::HexEncode(first),
            "009fa920314c94bb77d80bd2c073f35bd1dc3c45e42b4128f57bb64ad3f71159");
  const LogHash second = NextHash(first, 2, {Kind::kKeyPublished, "iss k", "{}", kNever});
  EXPECT_EQ(base::HexEncode(second),
            "f41b0f93a8713a16474eb2d2a501e29c2bf14075a7ef30c51fafd184e2f9149b");
}

TEST(NextHash, DependsOnEveryField) {
  const Revocation base{Kind::kFamily, "ab", "c", 5};
  const LogHash hash = NextHash({}, 1, base);
  LogHash other_before{};
  other_before[31] = 1;
  EXPECT_NE(NextHash(other_before, 1, base), hash);
  EXPECT_NE(NextHash({}, 2, base), hash);
  EXPECT_NE(NextHash({}, 1, {Kind::kJti, "ab", "c", 5}), hash);
  EXPECT_NE(NextHash({}, 1, {Kind::kFamily, "a", "bc", 5}), hash);
  EXPECT_NE(NextHash({}, 1, {Kind::kFamily, "ab", "", 5}), hash);
  EXPECT_NE(NextHash({}, 1, {Kind::kFamily, "ab", "c", 6}), hash);
}

}  // namespace
}  // namespace sallyport::revocation
