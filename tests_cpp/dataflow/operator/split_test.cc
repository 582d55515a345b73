#include "dataflow/operator/split.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "harness/operator_harness.h"
#include "harness/values.h"

namespace pf::testing {
namespace {

using Texts = std::vector<std::string>;

void expect_split(const std::string& separator, const Texts& input, const Texts& expected) {
  in_all_circumstances(*make_split(separator), {strings(input)}, [&](const OperatorHarness& harness) {
    EXPECT_EQ(harness.values([](const Batch& b) { return strings_of(b); }), expected);
    EXPECT_LE(harness.most_at_once(), 1U);
    EXPECT_EQ(std::get<Watermark>(harness.output().back()).timestamp, kMaxTimestamp);
  });
}

TEST(SplitTest, WithoutSeparatorRunsOfWhiteSpaceSeparate) {
  expect_split("", {"to be  or", " not\tto\r\n be ", "\x1c\x1f\v\f"}, {"to", "be", "or", "not", "to", "be"});
}

TEST(SplitTest, WithoutSeparatorOtherUnicodeStaysWhole) { expect_split("", {"äß 😀"}, {"äß", "😀"}); }

TEST(SplitTest, SeparatorKeepsEmptyPiecesAsPythonDoes) {
  expect_split(",", {"a,b", ",", "", "a,,b,"}, {"a", "b", "", "", "", "a", "", "b", ""});
}

TEST(SplitTest, SeparatorOfSeveralBytes) { expect_split("--", {"a--b---c"}, {"a", "b", "-c"}); }

TEST(SplitTest, NoTextGivesNoBatch) {
  in_all_circumstances(*make_split(""), {strings({"  ", ""})},
                       [](const OperatorHarness& harness) { EXPECT_TRUE(harness.batches().empty()); });
}

TEST(SplitTest, PausesAtTheBatchSize) {
  OperatorHarness harness(make_split("")->create(), 2);
  harness.open();
  harness.process_batch(strings({"a", "b", "c", "d", "e"}));
  std::vector<size_t> sizes;
  for (const Batch& batch : harness.batches()) sizes.push_back(batch.size());
  EXPECT_EQ(sizes, (std::vector<size_t>{2, 2, 1}));
}

TEST(SplitTest, EachPieceHasTheTimestampAndKindOfItsText) {
  Batch texts = strings({"a b", "", "c"});
  texts.timestamps = std::make_shared<const std::vector<int64_t>>(std::vector<int64_t>{1, 2, 3});
  texts.kinds = std::make_shared<const std::vector<RowKind>>(
      std::vector<RowKind>{RowKind::kInsert, RowKind::kInsert, RowKind::kDelete});
  in_all_circumstances(*make_split(""), {texts}, [&](const OperatorHarness& harness) {
    EXPECT_EQ(harness.values([](const Batch& b) { return *b.timestamps; }), (std::vector<int64_t>{1, 1, 3}));
    EXPECT_EQ(harness.values([](const Batch& b) { return *b.kinds; }),
              (std::vector<RowKind>{RowKind::kInsert, RowKind::kInsert, RowKind::kDelete}));
  });
}

TEST(SplitTest, OtherTypesAreRefused) {
  OperatorHarness harness(make_split("")->create());
  harness.open();
  EXPECT_THROW(harness.process_batch(longs({1})), Error);
}

}  // namespace
}  // namespace pf::testing
