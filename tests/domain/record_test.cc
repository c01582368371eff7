// Record: one table reads and writes a record.
#include "domain/records/record.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sallyport::domain {
namespace {

namespace json = boost::json;

enum class Colour { kNone, kRed, kBlue };
constexpr WordTable<Colour, 2> kColours{{{"RED", Colour::kRed}, {"BLUE", Colour::kBlue}}};

struct Lid {
  std::string shape;
  bool operator==(const Lid&) const = default;
};
struct Box {
  std::string name;
  int64_t weight = 0;
  uint64_t version = 0;
  bool open = true;
  std::vector<int64_t> sides;
  TextMap labels;
  std::optional<int64_t> price;
  Colour colour = Colour::kNone;
  SetOf<Colour> colours;
  Lid lid, spare;
  std::vector<Lid> lids;
  int64_t since = 0;
  std::string title;
};

bool IsHeavy(const Box& box) {
  return box.weight > 100;
}

constexpr auto kLid = RecordOf<Lid>(Member("Shape", &Lid::shape));
constexpr auto kBox = RecordOf<Box>(
    Member("Name", &Box::name), Member("Weight", &Box::weight, 7), Member("Version", &Box::version),
    Member("Open", &Box::open), Member("Sides", &Box::sides), Member("Labels", &Box::labels),
    Sparse("Price", &Box::price), Word("Colour", &Box::colour, kColours, Colour::kBlue),
    Part("Lid", &Box::lid, kLid), Inline(&Box::spare, RecordOf<Lid>(Member("Spare", &Lid::shape))),
    Parts("Lids", &Box::lids, kLid), MemberOr("Since", &Box::since, "Weight"),
    Where<Box>(IsHeavy, Member("Title", &Box::title)));

TEST(Record, WritesMembersInTheTablesOrderAndReadsThemBack) {
  Box box;
  box.name = "b";
  box.weight = 101;
  box.version = 3;
  box.open = false;
  box.sides = {1, 2};
  box.labels = {{"x", "y"}};
  box.price = 0;
  box.colour = Colour::kRed;
  box.lid.shape = "round";
  box.spare.shape = "square";
  box.lids = {{"flat"}};
  box.since = 9;
  box.title = "t";
  const json::object written = kBox.Write(box);
  EXPECT_EQ(json::serialize(written),
            R"({"Name":"b","Weight":101,"Version":3,"Open":false,"Sides":[1,2],)"
            R"("Labels":{"x":"y"},"Price":0,"Colour":"RED","Lid":{"Shape":"round"},)"
            R"("Spare":"square","Lids":[{"Shape":"flat"}],"Since":9,"Title":"t"})");
  const Box read = kBox.Read(written);
  EXPECT_EQ(read.name, box.name);
  EXPECT_EQ(read.weight, box.weight);
  EXPECT_EQ(read.version, box.version);
  EXPECT_EQ(read.open, box.open);
  EXPECT_EQ(read.sides, box.sides);
  EXPECT_EQ(read.labels, box.labels);
  EXPECT_EQ(read.price, box.price);
  EXPECT_EQ(read.colour, box.colour);
  EXPECT_EQ(read.lid, box.lid);
  EXPECT_EQ(read.spare, box.spare);
  EXPECT_EQ(read.lids, box.lids);
  EXPECT_EQ(read.since, box.since);
  EXPECT_EQ(read.title, box.title);
}

TEST(Record, WhatIsAbsentOrOfAnotherTypeGivesItsFallback) {
  for (const char* text :
       {"{}", R"({"Name":1,"Weight":"x","Version":1.5,"Open":"true","Sides":{},"Labels":[],
                  "Price":"1","Colour":"GREEN","Lid":[],"Spare":2,"Lids":{}})"}) {
    const Box read = kBox.Read(json::parse(text).as_object());
    EXPECT_EQ(read.name, "") << text;
    EXPECT_EQ(read.weight, 7);
    EXPECT_EQ(read.version, 0u);
    EXPECT_FALSE(read.open) << "the zero of the type, whatever the struct begins with";
    EXPECT_TRUE(read.sides.empty());
    EXPECT_TRUE(read.labels.empty());
    EXPECT_EQ(read.price, std::nullopt);
    EXPECT_EQ(read.colour, Colour::kBlue);
    EXPECT_EQ(read.lid.shape, "");
    EXPECT_TRUE(read.lids.empty());
  }
}

TEST(Record, WhatIsSparseOrConditionalIsNotWrittenWhereItSaysNothing) {
  const json::object written = kBox.Write(Box());
  EXPECT_FALSE(written.contains("Price"));
  EXPECT_FALSE(written.contains("Title"));
  EXPECT_FALSE(written.contains("Colour")) << "it has no word";
}

TEST(Record, AMemberOfAnEarlierVersionTellsWhereTheNewOneIsAbsent) {
  EXPECT_EQ(kBox.Read({{"Weight", 5}}).since, 5);
  EXPECT_EQ(kBox.Read({{"Weight", 5}, {"Since", 0}}).since, 0);
}

TEST(Record, ReplaceKeepsWhatTheTableDoesNotName) {
  json::object object{{"Other", 1}, {"Shape", "old"}};
  kLid.Replace({"new"}, object);
  EXPECT_EQ(json::serialize(object), R"({"Other":1,"Shape":"new"})");
}

struct Nested {
  std::string inner, first;
};
constexpr auto kNested =
    RecordOf<Nested>(Within("Outer", Member("Inner", &Nested::inner)),
                     Member("First", &Nested::first), OrElse("Second", &Nested::first));

TEST(Record, ReadsMembersOfObjectsWithinAndOthersInTheirPlace) {
  const Nested read = kNested.Read({{"Outer", {{"Inner", "i"}}}, {"Second", "s"}});
  EXPECT_EQ(read.inner, "i");
  EXPECT_EQ(read.first, "s");
  EXPECT_EQ(kNested.Read({{"First", "f"}, {"Second", "s"}}).first, "f");
  EXPECT_EQ(kNested.Read({{"Outer", 1}}).inner, "");
}

constexpr auto kSet = RecordOf<Box>(WordSet("Colours", &Box::colours, kColours, Colour::kNone));

TEST(Record, AListOfUnknownWordsIsNotTakenForAnEmptyOne) {
  EXPECT_TRUE(kSet.Read({}).colours.empty());
  const Box read = kSet.Read({{"Colours", {"RED", "MAUVE"}}});
  EXPECT_TRUE(read.colours.Has(Colour::kRed));
  EXPECT_TRUE(read.colours.Has(Colour::kNone));
  EXPECT_FALSE(read.colours.Has(Colour::kBlue));
  EXPECT_TRUE(read.colours.HasOtherThan(Colour::kRed));
}

}  // namespace
}  // namespace sallyport::domain
