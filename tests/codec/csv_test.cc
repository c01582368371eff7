#include "codec/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::codec {
namespace {

using testing::ElementsAre;

std::vector<CsvRow> Read(std::string_view text, size_t chunk = 1'000, size_t limit = 200) {
  CsvReader reader(limit);
  std::vector<CsvRow> rows;
  while (!text.empty()) {
    reader.Feed(text.substr(0, chunk));
    text.remove_prefix(std::min(chunk, text.size()));
    while (auto row = reader.Next()) rows.push_back(std::move(*row));
  }
  reader.End();
  while (auto row = reader.Next()) rows.push_back(std::move(*row));
  return rows;
}

std::string Described(const std::vector<CsvRow>& rows) {
  std::string text;
  for (const CsvRow& row : rows) {
    text += std::to_string(row.line) + ":";
    for (const std::string& field : row.fields) text += "[" + field + "]";
    text += row.error + "\n";
  }
  return text;
}

TEST(Csv, ReadsQuotesLineEndsAndAByteOrderMark) {
  const auto rows = Read(
      "\xEF\xBB\xBF"
      "a,b,c\r\n\"x,1\",\"say \"\"hi\"\"\",\"two\r\nlines\"\n,\"\",é");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].fields, ElementsAre("a", "b", "c"));
  EXPECT_THAT(rows[1].fields, ElementsAre("x,1", "say \"hi\"", "two\r\nlines"));
  EXPECT_THAT(rows[2].fields, ElementsAre("", "", "é"));
  EXPECT_EQ(rows[2].line, 4u);
}

TEST(Csv, KeepsTheRowsAroundABadOneAndTellsItsLine) {
  EXPECT_EQ(Described(Read("a,b\n"
                           "1,2\n"
                           "x\"y,2\n"
                           "\"x\"y,2\n"
                           "\n"
                           "3,4,5\n"
                           "1,\xff\n"
                           "1,\"open\n"
                           "5,6\r\n"
                           "a\rb,2\n"
                           "7,8\n")),
            "1:[a][b]\n"
            "2:[1][2]\n"
            "3:field 1: a quote in a field that is not quoted\n"
            "4:field 1: text follows a closing quote\n"
            "6:3 fields where the first row has 2\n"
            "7:field 2: not UTF-8\n"
            "8:field 2: a quoted field is never closed\n"
            "9:[5][6]\n"
            "10:field 1: a carriage return that is not at the end of a line\n"
            "11:[7][8]\n");
  EXPECT_EQ(Described(Read(std::string_view("a\nx\0y\nb\n", 8))),
            "1:[a]\n2:field 1: a NUL\n3:[b]\n");
}

TEST(Csv, ARowBeyondTheLimitCostsThatRowOnly) {
  const std::string longer(300, 'x');
  EXPECT_EQ(Described(Read("a\n" + longer + "\nb\n\"" + longer + "\nc\"\nd\n")),
            "1:[a]\n2:longer than 200 bytes\n3:[b]\n4:longer than 200 bytes\n6:[d]\n");
}

TEST(Csv, AStrayQuoteDoesNotSwallowTheFile) {
  std::string rest;
  for (int i = 0; i < 100; ++i) rest += "row\n";
  const auto rows = Read("a\n\"open\n" + rest, 10);
  ASSERT_EQ(rows.size(), 102u);
  EXPECT_EQ(rows[1].error, "field 1: a quoted field is never closed");
  EXPECT_EQ(rows[101].line, 102u);
}

// Otherwise somebody who can choose a value could produce additional rows by making his own row
// bad.
TEST(Csv, AValueInQuotesOfABadRowIsNoRow) {
  for (const std::string& bad : {std::string("\xff"), std::string(1, '\0'), std::string(300, 'x'),
                                 std::string("x,too,many"), std::string("a\rb")}) {
    EXPECT_THAT(Read("a,b\n\"1\nevil,row\n\"," + bad + "\ngood,row\n").back().line, 5u);
    EXPECT_EQ(Read("a,b\n\"1\nevil,row\n\"," + bad + "\ngood,row\n").size(), 3u) << bad;
  }
}

TEST(Csv, ReadsTheSameInChunksOfAnySize) {
  const std::string text =
      "\xEF\xBB\xBF"
      "a,b\r\n\"1\"\"\r\n\",2\r\n\r\nx\"\r\n\"q\"z,\r\né,\"never\r\n5,";
  const std::string whole = Described(Read(text));
  for (size_t chunk = 1; chunk < text.size(); ++chunk) {
    EXPECT_EQ(Described(Read(text, chunk)), whole) << chunk;
  }
}

TEST(Csv, ReadsBackWhatItQuoted) {
  for (const std::string field : {"", "plain", "a,b", "\"", "two\r\nlines", "a\rb", " spaces "}) {
    const auto rows = Read("h,i\r\n" + CsvField(field) + "," + CsvField(field) + "\r\n");
    ASSERT_EQ(rows.size(), 2u) << field;
    EXPECT_THAT(rows[1].fields, ElementsAre(field, field));
  }
}

TEST(Csv, ABackslashKeepsACommaInItsField) {
  CsvReader reader(1000, CsvReader::Commas::kBackslash);
  reader.Feed("a,b\n1 Main St\\, Springfield,2\n\\,\\,x,\\\n\"q\\\",2\n");
  reader.End();
  reader.Next();
  EXPECT_THAT(reader.Next()->fields, ElementsAre("1 Main St, Springfield", "2"));
  EXPECT_THAT(reader.Next()->fields, ElementsAre(",,x", "\\"));
  EXPECT_THAT(reader.Next()->fields, ElementsAre("q\\", "2"));
  EXPECT_EQ(CsvField("q\\"), "\"q\\\"");
}

TEST(Csv, NothingGivesNoRow) {
  EXPECT_TRUE(Read("").empty());
  EXPECT_TRUE(Read("\xEF\xBB\xBF").empty());
  EXPECT_TRUE(Read("\r\n\n").empty());
}

}  // namespace
}  // namespace sallyport::codec
