#include <cstring>

#include <gtest/gtest.h>

#include "base/error.h"
#include "harness/values.h"
#include "model/arrow_decimal.h"
#include "model/arrow_export.h"
#include "model/arrow_import.h"
#include "model/nested_column.h"

namespace pf {
namespace {

using namespace testing;

SharedArrowArray exported(const ColumnPtr& column) {
  auto array = std::make_shared<ArrowOwned<ArrowArray>>();
  export_column(column, array->get());
  return array;
}

ColumnPtr there_and_back(const ColumnPtr& column, int64_t begin, int64_t rows) {
  ArrowOwned<ArrowSchema> schema;
  export_schema(*column->type(), "name", schema.get());
  return ArrowReader::of(*schema)->read(exported(column), begin, rows);
}

ColumnPtr longs(std::vector<int64_t> values, Validity validity = {}, TypeKind kind = TypeKind::kLong) {
  return std::make_shared<FixedColumn<int64_t>>(std::move(values), std::move(validity), TypeInfo::of(kind));
}

TEST(Arrow, FixedWidthValuesAreNotCopied) {
  ColumnPtr column = longs({1, 2, 3, 4});
  ColumnPtr back = there_and_back(column, 1, 2);
  EXPECT_EQ(longs_of(*back), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(dynamic_cast<const FixedColumn<int64_t>&>(*back).values().data(),
            dynamic_cast<const FixedColumn<int64_t>&>(*column).values().data() + 1);
}

TEST(Arrow, TextIsNotCopied) {
  ColumnPtr column = strings({"to", "be", "", "or"}).values;
  ColumnPtr back = there_and_back(column, 1, 3);
  EXPECT_EQ(strings_of(*back), (std::vector<std::string>{"be", "", "or"}));
  const auto& text = dynamic_cast<const StringColumn&>(*back);
  EXPECT_EQ(text.value(0).data(), dynamic_cast<const StringColumn&>(*column).value(1).data());
  EXPECT_EQ(text.text_bytes(), 4U);
  EXPECT_EQ(strings_of(*back->select(std::vector<uint32_t>{2, 0})), (std::vector<std::string>{"or", "be"}));
}

TEST(Arrow, ABorrowedColumnOutlivesWhatItCameFrom) {
  ColumnPtr back = there_and_back(strings({"a", "b"}).values, 0, 2);
  EXPECT_EQ(strings_of(*back), (std::vector<std::string>{"a", "b"}));
}

TEST(Arrow, MissingRowsStayMissingInSlices) {
  ColumnPtr column =
      longs(std::vector<int64_t>(20),
            Validity::from_flags({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
  const auto back = there_and_back(column, 9, 3);
  const auto& validity = dynamic_cast<const FixedColumn<int64_t>&>(*back).validity();
  EXPECT_TRUE(validity[0]);
  EXPECT_FALSE(validity[1]);
  EXPECT_TRUE(validity[2]);
}

TEST(Arrow, ListsOfStructsAreSlicedAtAllLevels) {
  auto rows = std::make_shared<StructColumn>(
      std::vector<ColumnPtr>{longs({1, 2, 3, 4, 5}), strings({"a", "b", "c", "d", "e"}).values}, 5);
  auto lists = std::make_shared<ListColumn>(std::vector<int32_t>{0, 2, 2, 5}, rows);
  const auto back = there_and_back(lists, 1, 2);
  const auto& some = dynamic_cast<const ListColumn&>(*back);
  EXPECT_EQ(some.offsets(), (std::vector<int32_t>{0, 0, 3}));
  const auto& items = dynamic_cast<const StructColumn&>(*some.items());
  EXPECT_EQ(longs_of(*items.fields()[0]), (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(strings_of(*items.fields()[1]), (std::vector<std::string>{"c", "d", "e"}));
}

TEST(Arrow, ReleasingAParentReleasesItsChildrenOnce) {
  ColumnPtr field = longs({1});
  {
    auto array = exported(std::make_shared<StructColumn>(std::vector<ColumnPtr>{field}, 1));
    EXPECT_EQ(field.use_count(), 3);
    ArrowOwned<ArrowArray> child((**array).children[0]);
    array.reset();
    EXPECT_EQ(field.use_count(), 2);
  }
  EXPECT_EQ(field.use_count(), 1);
}

TEST(Arrow, TypesThatArrowDoesNotHaveAreRefused) {
  ArrowOwned<ArrowSchema> schema;
  EXPECT_THROW(export_schema(*TypeInfo::of(TypeKind::kBigInt), "", schema.get()), Error);
  ArrowSchema unknown{};
  unknown.format = "tDs";
  unknown.name = "length";
  try {
    ArrowReader::of(unknown);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the field 'length' has the Arrow type 'tDs', which cannot be read");
  }
}

TEST(Arrow, AnEmptyArrayMayHaveNoBuffers) {
  ArrowSchema schema{};
  schema.format = "u";
  const void* buffers[3] = {nullptr, nullptr, nullptr};
  auto array = std::make_shared<ArrowOwned<ArrowArray>>();
  array->get()->buffers = buffers;
  array->get()->n_buffers = 3;
  EXPECT_EQ(ArrowReader::of(schema)->read(array, 0, 0)->size(), 0U);
}

TEST(ArrowDecimal, TextIsScaledAndRefusedWhereItDoesNotFit) {
  EXPECT_EQ(decimal_text(parse_decimal("-1.5"), kDecimalScale), "-1.500000000000000000");
  EXPECT_EQ(decimal_text(parse_decimal("1E+3"), kDecimalScale), "1000.000000000000000000");
  EXPECT_EQ(decimal_text(parse_decimal("0E-30"), kDecimalScale), "0.000000000000000000");
  EXPECT_EQ(decimal_text(parse_decimal("1.000000000000000000000"), kDecimalScale), "1.000000000000000000");
  EXPECT_EQ(decimal_text(5, 2), "0.05");
  EXPECT_EQ(decimal_text(-150, 2), "-1.50");
  EXPECT_EQ(decimal_text(7, 0), "7");
  EXPECT_EQ(decimal_text(7, -2), "700");
  for (const char* text : {"1E-19", "100000000000000000000", "NaN", "Infinity", "1E+999999999999"}) {
    EXPECT_THROW(parse_decimal(text), Error) << text;
  }
}

}  // namespace
}  // namespace pf
