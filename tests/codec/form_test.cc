#include "codec/form.h"

#include <gtest/gtest.h>

#include <string>

namespace sallyport::codec {
namespace {

constexpr std::string_view kType = "application/x-www-form-urlencoded";

bool Parses(std::string_view body) {
  return Form::Parse(kType, body).ok();
}

TEST(Form, DecodesNamesAndValues) {
  const auto form = Form::Parse("Application/X-WWW-Form-URLencoded ; charset=utf-8",
                                "a=1+2%2b%3D&b%5B=x=y&&c=&d");
  ASSERT_TRUE(form.ok());
  EXPECT_EQ(form->Get("a"), "1 2+=");
  EXPECT_EQ(form->Get("b["), "x=y");
  EXPECT_EQ(form->Get("c"), "");
  EXPECT_EQ(form->Get("d"), "");
  EXPECT_EQ(form->Get("e"), "");
  EXPECT_EQ(form->size(), 4u);
}

TEST(Form, RefusesWhatIsMalformed) {
  for (const char* body :
       {"a=%", "a=%4", "a=%zz", "a=%00", "a b=1", "a=\"x\"\n", "a=\xc3\xa9", "=1"}) {
    const auto form = Form::Parse(kType, body);
    ASSERT_FALSE(form.ok()) << body;
    EXPECT_EQ(form.error(), FormFault::kMalformed) << body;
  }
  for (const char* body : {"a=1&a=1", "a=1&%61=2"}) {
    const auto form = Form::Parse(kType, body);
    ASSERT_FALSE(form.ok()) << body;
    EXPECT_EQ(form.error(), FormFault::kParameterTwice) << body;
  }
  EXPECT_TRUE(Parses("a=%c3%a9"));
  EXPECT_FALSE(Form::Parse("application/json", "a=1").ok());
  EXPECT_FALSE(Form::Parse("", "a=1").ok());
}

TEST(Form, EscapesAreDecodedWithoutTakingAPlusForABlank) {
  EXPECT_EQ(DecodeEscapes("a+b%2Bc%5f"), "a+b+c_");
  EXPECT_EQ(DecodeEscapes(""), "");
  for (const char* wrong : {"%", "%2", "%2x", "%00", "a b", "\x7f"}) {
    EXPECT_FALSE(DecodeEscapes(wrong)) << wrong;
  }
}

TEST(Form, IsBounded) {
  EXPECT_TRUE(Parses("a=" + std::string(Form::kMostBytes - 2, 'x')));
  EXPECT_FALSE(Parses("a=" + std::string(Form::kMostBytes - 1, 'x')));
  std::string many;
  for (size_t i = 0; i < Form::kMostParameters; ++i) many += "p" + std::to_string(i) + "=&";
  EXPECT_TRUE(Parses(many));
  EXPECT_FALSE(Parses(many + "q="));
}

TEST(Form, WhatIsEncodedIsReadAsTheSame) {
  const std::vector<std::pair<std::string, std::string>> parameters{
      {"a", "b c&d=e+f%20/?"}, {"\xc3\xa9", "-._~"}, {"empty", ""}};
  const std::string text = EncodeForm(parameters);
  EXPECT_EQ(text, "a=b%20c%26d%3De%2Bf%2520%2F%3F&%C3%A9=-._~&empty=");
  const auto form = Form::Parse(kType, text);
  ASSERT_TRUE(form.ok());
  EXPECT_EQ(form->parameters(), parameters);
}

}  // namespace
}  // namespace sallyport::codec
