#include "domain/records/parsed_records.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sallyport::domain {
namespace {

// One record, and a state that the test sets.
class ScriptedReader final : public store::Reader {
 public:
  base::Result<std::optional<std::string>> Get(std::string_view) override {
    ++reads;
    if (changes_while_read) ++state;
    return value;
  }
  base::Result<std::vector<store::ListItem>> List(std::string_view, std::string_view,
                                                  const std::optional<store::ListPosition>&,
                                                  size_t) override {
    return std::vector<store::ListItem>();
  }
  base::Result<store::IndexCount> CountOf(std::string_view) override { return store::IndexCount(); }
  uint64_t State() override { return state; }

  std::optional<std::string> value = "one";
  uint64_t state = 2;
  bool changes_while_read = false;
  int reads = 0;
};

std::string Read(ParsedRecords<std::string>& records, ScriptedReader& reader) {
  const auto parsed = records.Get(reader, "key", [](std::string_view bytes) {
    return base::Result<std::string>(std::string(bytes));
  });
  return *parsed ? **parsed : "none";
}

TEST(ParsedRecords, AreReadOnceWhileTheStoreStaysTheSame) {
  ParsedRecords<std::string> records;
  ScriptedReader reader;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Read(records, reader), "one");
  EXPECT_EQ(reader.reads, 1);
  reader.value = "two";
  reader.state = 4;
  EXPECT_EQ(Read(records, reader), "two");
  reader.value.reset();
  reader.state = 6;
  EXPECT_EQ(Read(records, reader), "none");
}

TEST(ParsedRecords, AreReadEachTimeWhereTheStateIsNotKnown) {
  ParsedRecords<std::string> records;
  ScriptedReader reader;
  reader.state = 0;
  EXPECT_EQ(Read(records, reader), "one");
  reader.value = "two";
  EXPECT_EQ(Read(records, reader), "two");
}

TEST(ParsedRecords, StayGoodForTheirStateWhenASnapshotHasReadTheSameInBetween) {
  ParsedRecords<std::string> records;
  ScriptedReader reader;
  EXPECT_EQ(Read(records, reader), "one");
  reader.state = 0;
  EXPECT_EQ(Read(records, reader), "one");
  reader.state = 2;
  EXPECT_EQ(Read(records, reader), "one");
  EXPECT_EQ(reader.reads, 2);
  // What a snapshot has found to be another replaces it.
  reader.state = 0;
  reader.value = "two";
  EXPECT_EQ(Read(records, reader), "two");
  reader.state = 2;
  EXPECT_EQ(Read(records, reader), "two");
  EXPECT_EQ(reader.reads, 4);
}

TEST(ParsedRecords, ReadBesideACommitAreReadAgain) {
  ParsedRecords<std::string> records;
  ScriptedReader reader;
  reader.changes_while_read = true;
  EXPECT_EQ(Read(records, reader), "one");
  reader.changes_while_read = false;
  // What was read may belong to the state before.
  reader.value = "two";
  EXPECT_EQ(Read(records, reader), "two");
  EXPECT_EQ(reader.reads, 2);
}

}  // namespace
}  // namespace sallyport::domain
