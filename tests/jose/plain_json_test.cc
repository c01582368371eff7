// PlainObject beside the general parser, which is the judge.
#include "jose/plain_json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "jose/strict_json.h"

namespace sallyport::jose {
namespace {

// The members that the general parser finds; "refused" if it refuses the text.
class Members final : public MemberVisitor {
 public:
  static std::vector<std::string> Of(std::string_view json) {
    Members members;
    if (VisitAnyObject(json, members)) return {"refused"};
    return members.found_;
  }
  bool OnString(std::string_view name, std::string_view value) override {
    return Found(name, "s" + std::string(value));
  }
  bool OnInteger(std::string_view name, int64_t value) override {
    return Found(name, "i" + std::to_string(value));
  }
  bool OnOther(std::string_view name) override { return Found(name, "o"); }

 private:
  bool Found(std::string_view name, const std::string& value) {
    found_.push_back(std::string(name) + "=" + value);
    return true;
  }
  std::vector<std::string> found_;
};

std::vector<std::string> PlainMembers(const PlainObject& object) {
  std::vector<std::string> found;
  for (const PlainMember& member : object) {
    const std::string value =
        member.kind == PlainMember::Kind::kString    ? "s" + std::string(member.text)
        : member.kind == PlainMember::Kind::kInteger ? "i" + std::to_string(member.integer)
                                                     : "o";
    found.push_back(std::string(member.name) + "=" + value);
  }
  return found;
}

constexpr std::string_view kToken =
    R"({"sub":"0a1b2c3d-0000-4000-8000-0123456789ab","cognito:groups":["readers","writers"],)"
    R"("iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A","version":2,"a":[],"":"",)"
    R"("t":true,"f":false,"n":null,"exp":999999999999999999,"m":["x",1,true,null],"z":0})";

TEST(PlainObject, ReadsATokensClaimsAsTheGeneralParserDoes) {
  PlainObject object;
  ASSERT_TRUE(object.Read(kToken));
  EXPECT_EQ(PlainMembers(object), Members::Of(kToken));
  ASSERT_TRUE(object.Read("{}"));
  EXPECT_TRUE(PlainMembers(object).empty());
}

// Whatever one byte becomes: what is accepted means the same to the general parser.
TEST(PlainObject, AcceptsNothingThatTheGeneralParserRefusesOrReadsOtherwise) {
  PlainObject object;
  for (size_t at = 0; at < kToken.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed(kToken);
      changed[at] = static_cast<char>(byte);
      if (object.Read(changed)) {
        ASSERT_EQ(PlainMembers(object), Members::Of(changed)) << changed;
      }
    }
    const std::string cut(kToken.substr(0, at));
    EXPECT_FALSE(object.Read(cut)) << cut;
    const std::string without = cut + std::string(kToken.substr(at + 1));
    if (object.Read(without)) {
      EXPECT_EQ(PlainMembers(object), Members::Of(without)) << without;
    }
  }
}

TEST(PlainObject, LeavesWhatIsNotPlainToTheGeneralParser) {
  PlainObject object;
  for (const std::string_view json : {R"()",
                                      R"( {})",
                                      R"({} )",
                                      R"({"a": 1})",
                                      R"({"a":1,})",
                                      R"({,})",
                                      R"({"a":01})",
                                      R"({"a":1.5})",
                                      R"({"a":1e3})",
                                      R"({"a":-1})",
                                      R"({"a":1000000000000000000})",
                                      R"({"a":"\u0062"})",
                                      R"({"\u0061":1})",
                                      R"({"a":"é"})",
                                      R"({"a":1,"a":2})",
                                      R"({"ab":1,"b":3,"ab":2})",
                                      R"({"a":[[1]]})",
                                      R"({"a":{}})",
                                      R"({"a":[1,]})",
                                      R"({"a":tru})",
                                      R"({"a":truee})",
                                      R"({"a":"b)",
                                      R"([1])",
                                      R"("a")",
                                      R"({"a"})",
                                      R"({"a":})",
                                      R"({"a":1}{})"}) {
    EXPECT_FALSE(object.Read(json)) << json;
  }
  std::string many = "{";
  for (size_t i = 0; i <= PlainObject::kMostMembers; ++i) {
    many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
  }
  EXPECT_FALSE(object.Read(many + "}"));
  EXPECT_EQ(Members::Of(many + "}").size(), PlainObject::kMostMembers + 1);
}

}  // namespace
}  // namespace sallyport::jose
