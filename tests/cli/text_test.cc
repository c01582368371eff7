#include "cli/terminal/text.h"

#include <gtest/gtest.h>

#include "cli/terminal/table.h"

namespace sallyport::cli {
namespace {

TEST(Text, WhatSteersATerminalIsEscaped) {
  EXPECT_EQ(Escaped("plain é 漢 👍"), "plain é 漢 👍");
  EXPECT_EQ(Escaped("\x1b]0;title\x07\r\n\t\x7f"), "\\x1b]0;title\\x07\\r\\n\\t\\x7f");
  EXPECT_EQ(Escaped("\xc2\x9b"
                    "31m"),
            "\\u{9b}31m");  // C1 CSI
  EXPECT_EQ(Escaped("\xe2\x80\xae"
                    "abc"),
            "\\u{202e}abc");                                                  // right to left
  EXPECT_EQ(Escaped("\xe2\x80\x8b\xf3\xa0\x80\xa1"), "\\u{200b}\\u{e0021}");  // not seen at all
  EXPECT_EQ(Escaped("a\xff\xc3"), "a\\xff\\xc3");
}

TEST(Text, ColumnsAreWhatATerminalTakes) {
  EXPECT_EQ(Columns("abc"), 3u);
  EXPECT_EQ(Columns("é漢"), 3u);
  EXPECT_EQ(Columns("e\xcc\x81"), 1u);  // combining
  EXPECT_EQ(Fitted("abcdef", 4), "abc…");
  EXPECT_EQ(Fitted("漢漢漢", 4), "漢…");
  EXPECT_EQ(Fitted("abcd", 4), "abcd");
  EXPECT_EQ(Fitted("abcdef", 0), "abcdef");
}

TEST(Table, AlignsByColumnsAndEscapes) {
  EXPECT_EQ(FormatTable({"NAME", "X"}, {{"ada", "1"}, {"漢字漢字", "2"}, {"a\nb", "3"}}, 0),
            "NAME      X\n"
            "ada       1\n"
            "漢字漢字  2\n"
            "a\\nb      3\n");
}

TEST(Table, CutsTheWidestColumnsToFit) {
  EXPECT_EQ(FormatTable({"ID", "TEXT"}, {{"1", std::string(50, 'x')}}, 20),
            "ID  TEXT\n1   " + std::string(15, 'x') + "…\n");
  // A column is never made too narrow to read.
  EXPECT_EQ(FormatTable({}, {{std::string(9, 'x'), std::string(9, 'y')}}, 5),
            "xxxxxxx…  yyyyyyy…\n");
}

TEST(Text, WrapsAtBlanks) {
  EXPECT_EQ(Wrapped("one two three", 9, 2), "one two\n  three");
  EXPECT_EQ(Wrapped("unbreakable", 4, 0), "unbreakable");
}

}  // namespace
}  // namespace sallyport::cli
