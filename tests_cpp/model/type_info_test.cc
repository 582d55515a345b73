#include "model/type_info.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace pf::testing {
namespace {

TypeInfo tuple(TypeKind first, TypeKind second) {
  return {TypeKind::kTuple, {}, {TypeInfo::of(first), TypeInfo::of(second)}};
}

TEST(TypeInfoTest, IsWrittenAsUsersWriteIt) {
  EXPECT_EQ(tuple(TypeKind::kString, TypeKind::kLong).to_string(), "TUPLE[STRING, LONG]");
  TypeInfo row(TypeKind::kRow, {"id", "name"},
               {TypeInfo::of(TypeKind::kInt), TypeInfo::of(TypeKind::kString)});
  EXPECT_EQ(row.to_string(), "ROW[id: INT, name: STRING]");
}

TEST(TypeInfoTest, EqualMeansSameKindNamesAndChildren) {
  EXPECT_TRUE(tuple(TypeKind::kString, TypeKind::kLong).equals(tuple(TypeKind::kString, TypeKind::kLong)));
  EXPECT_FALSE(tuple(TypeKind::kString, TypeKind::kLong).equals(tuple(TypeKind::kString, TypeKind::kInt)));
}

TEST(TypeInfoTest, EveryKindIsFoundByItsName) {
  for (int kind = 0; kind <= static_cast<int>(TypeKind::kRow); ++kind) {
    EXPECT_EQ(type_kind_of(name_of(static_cast<TypeKind>(kind))), static_cast<TypeKind>(kind));
  }
  EXPECT_THROW(type_kind_of("STRINGS"), Error);
}

}  // namespace
}  // namespace pf::testing
