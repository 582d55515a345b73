#include "model/column.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "harness/values.h"
#include "model/stream_element.h"

namespace pf::testing {
namespace {

const std::vector<uint32_t> kRows = {2, 0, 2};
const std::vector<uint32_t> kFirst = {0};

template <typename T>
std::vector<int32_t> hashes(std::vector<T> values) {
  return hashes_of(FixedColumn<T>(std::move(values)));
}

TEST(ColumnTest, SelectTakesRowsInTheGivenOrderAndRepeatedly) {
  EXPECT_EQ(longs_of(*longs({10, 11, 12}).values->select(kRows)), (std::vector<int64_t>{12, 10, 12}));
  EXPECT_EQ(strings_of(*string_column({"a", "", "ccc"})->select(kRows)),
            (std::vector<std::string>{"ccc", "a", "ccc"}));
  EXPECT_EQ(longs({10, 11, 12}).values->select({})->size(), 0U);
}

TEST(ColumnTest, SelectOfAStructSelectsEveryField) {
  StructColumn column({string_column({"a", "b", "c"}), longs({1, 2, 3}).values}, 3);
  Batch selected;
  selected.values = column.select(kRows);
  EXPECT_EQ(counts_of(selected), (std::vector<Count>{{"c", 3}, {"a", 1}, {"c", 3}}));
}

TEST(ColumnTest, SelectOfABatchTakesKeysTimestampsAndKindsAlong) {
  Batch batch = keyed_strings({"a", "b", "c"});
  batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::vector<int64_t>{1, 2, 3});
  batch.kinds = std::make_shared<const std::vector<RowKind>>(
      std::vector<RowKind>{RowKind::kInsert, RowKind::kDelete, RowKind::kUpdateAfter});
  Batch some = batch.select(kRows);
  EXPECT_EQ(strings_of(*some.keys), (std::vector<std::string>{"c", "a", "c"}));
  EXPECT_EQ(*some.timestamps, (std::vector<int64_t>{3, 1, 3}));
  EXPECT_EQ(*some.kinds,
            (std::vector<RowKind>{RowKind::kUpdateAfter, RowKind::kInsert, RowKind::kUpdateAfter}));
  EXPECT_EQ(longs({1}).select({}).keys, nullptr);
}

TEST(ColumnTest, HashOfTextIsJavas) {
  EXPECT_EQ(hashes_of(*string_column({"", "a", "Aa", "BB", "hello", "ä", "€", "😀", "polygenelubricants"})),
            (std::vector<int32_t>{0, 97, 2112, 2112, 99162322, 228, 8364, 1772899, INT32_MIN}));
}

TEST(ColumnTest, HashOfWholeNumbersIsThatOfALongWhateverTheirWidth) {
  EXPECT_EQ(hashes<int64_t>({0, 1, -1, INT64_C(1) << 32, INT64_MIN, INT64_MAX}),
            (std::vector<int32_t>{0, 1, 0, 1, INT32_MIN, INT32_MIN}));
  EXPECT_EQ(hashes<int32_t>({7, -7, INT32_MIN}), hashes<int64_t>({7, -7, INT32_MIN}));
  EXPECT_EQ(hashes<int16_t>({-3}), hashes<int64_t>({-3}));
  EXPECT_EQ(hashes<int8_t>({-128}), hashes<int64_t>({-128}));
}

TEST(ColumnTest, HashOfFloatsIsJavas) {
  EXPECT_EQ(hashes<double>({0.0, -0.0, 1.0, 0.1}),
            (std::vector<int32_t>{0, INT32_MIN, 1072693248, -1507852285}));
  EXPECT_EQ(hashes<float>({1.0F, -0.0F, 0.1F}), hashes<double>({1.0, -0.0, 0.1F}));
}

TEST(ColumnTest, HashOfEveryNanIsTheSame) {
  EXPECT_EQ(hashes<double>({NAN, -NAN, std::nan("1")}), (std::vector<int32_t>(3, 0x7ff80000)));
  EXPECT_EQ(hashes<float>({NAN, -NAN}), (std::vector<int32_t>(2, 0x7ff80000)));
}

TEST(ColumnTest, HashOfATupleFoldsItsFields) {
  StructColumn pair({string_column({"hello", "a"}), longs({1, -1}).values}, 2);
  EXPECT_EQ(hashes_of(pair),
            (std::vector<int32_t>{99162322 * INT64_C(31) + 1 - (INT64_C(1) << 32), 97 * 31}));
}

TEST(ColumnTest, ATypeIsImpliedByTheLayoutUnlessGiven) {
  EXPECT_EQ(FixedColumn<int32_t>({1}).type()->kind(), TypeKind::kInt);
  EXPECT_EQ(FixedColumn<int32_t>({1}, {}, TypeInfo::of(TypeKind::kDate)).type()->kind(), TypeKind::kDate);
  StructColumn pair({string_column({"a"}), longs({1}).values}, 1);
  EXPECT_EQ(pair.type()->to_string(), "TUPLE[STRING, LONG]");
  EXPECT_EQ(pair.select(kFirst)->type()->to_string(), "TUPLE[STRING, LONG]");
}

TEST(ColumnTest, SelectOfAListTakesItsItems) {
  ListColumn lists({0, 2, 2, 3}, longs({1, 2, 3}).values, Validity({0b101}));
  auto some = std::dynamic_pointer_cast<const ListColumn>(lists.select(std::vector<uint32_t>{2, 0, 1}));
  EXPECT_EQ(some->offsets(), (std::vector<int32_t>{0, 1, 3, 3}));
  EXPECT_EQ(longs_of(*some->items()), (std::vector<int64_t>{3, 1, 2}));
  EXPECT_FALSE(some->validity()[2]);
  EXPECT_EQ(hashes_of(lists), (std::vector<int32_t>{31 * (31 + 1) + 2, 1 - 1, 31 + 3}));
}

TEST(ColumnTest, SelectOfRowsKeepsWhichAreMissingAndTheirKinds) {
  auto kinds = std::make_shared<const FixedColumn<int8_t>>(std::vector<int8_t>{0, 3, 0});
  StructColumn rows({longs({1, 2, 3}).values}, 3, Validity({0b011}), nullptr, kinds);
  auto some = std::dynamic_pointer_cast<const StructColumn>(rows.select(kRows));
  EXPECT_FALSE(some->validity()[0]);
  EXPECT_TRUE(some->validity()[1]);
  EXPECT_EQ(some->kinds()->values(), (std::vector<int8_t>{0, 0, 0}));
  EXPECT_EQ(hashes_of(*some), (std::vector<int32_t>{0, 1, 0}));
}

TEST(ColumnTest, HashOfNullIsZero) {
  Validity second({0b01});
  EXPECT_EQ(hashes_of(FixedColumn<int32_t>({5, 5}, second)), (std::vector<int32_t>{5, 0}));
  EXPECT_EQ(hashes_of(StringColumn({0, 1, 2}, std::string("aa"), second)), (std::vector<int32_t>{97, 0}));
}

TEST(ValidityTest, EveryFlagTrueNeedsNoBits) {
  Validity all = Validity::from_flags({true, true});
  EXPECT_TRUE(all.all_valid());
  EXPECT_TRUE(all[1]);
}

TEST(ValidityTest, BitsAreLeastSignificantFirst) {
  Validity validity = Validity::from_flags({true, false, true, true, true, true, true, true, false, true});
  EXPECT_EQ(validity.bits(), (std::vector<uint8_t>{0b11111101, 0b10}));
  EXPECT_FALSE(validity[1]);
  EXPECT_FALSE(validity[8]);
  EXPECT_TRUE(validity[9]);
}

TEST(ValidityTest, SelectFollowsTheRows) {
  Validity validity = Validity::from_flags({true, false, true});
  Validity some = validity.select(std::vector<uint32_t>{1, 2, 1});
  EXPECT_FALSE(some[0]);
  EXPECT_TRUE(some[1]);
  EXPECT_FALSE(some[2]);
  EXPECT_TRUE(validity.select(std::vector<uint32_t>{0, 2}).all_valid());
}

TEST(StringColumnBuilderTest, IsEmptyAgainAfterFinish) {
  StringColumnBuilder builder;
  builder.append("one");
  builder.append("");
  EXPECT_EQ(builder.bytes(), 3U);
  EXPECT_EQ(strings_of(*builder.finish()), (std::vector<std::string>{"one", ""}));
  EXPECT_EQ(builder.size(), 0U);
  builder.append("two");
  EXPECT_EQ(strings_of(*builder.finish()), (std::vector<std::string>{"two"}));
}

}  // namespace
}  // namespace pf::testing
