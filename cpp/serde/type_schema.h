#pragma once

#include <string>
#include <string_view>

#include "model/type_info.h"

namespace pf {

/// A type as JSON, as snapshots keep it: `"LONG"`, `{"type":"ROW","names":["a"],"of":["STRING"]}`.
std::string type_schema(const TypeInfo& type);
/// Null where the text describes no type of ours.
TypeInfoPtr type_of_schema(std::string_view schema);

}  // namespace pf
