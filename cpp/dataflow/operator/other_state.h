#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "dataflow/operator/operator.h"

namespace pf {

/// For an operator of which there are several kinds, each with state of its own name: throws Error where the
/// checkpoint has state of this name. `how` it was kept and the `advice` are told.
inline void refuse_state_of(const OperatorContext& context, std::string_view name, std::string_view how,
                            std::string_view advice) {
  for (const auto& snapshot : context.restored) {
    for (const KeyedStateInfo& state : snapshot->keyed_states()) {
      if (state.name != name) continue;
      throw Error("the checkpoint has state of '" + context.operator_name + "' that was kept " +
                  std::string(how) + ", as " + state.schema + ", and it works the other way now, since " +
                  std::string(advice));
    }
  }
}

constexpr std::string_view kTypesDecide =
    "types of records and keys decide that: declare them, key_type too, as they were";

/// For one of two kinds, one on columns and one that calls Python. Declared types decide which it is.
inline void refuse_state_of_other_kind(const OperatorContext& context, std::string_view name) {
  refuse_state_of(context, name, name == "aggregates" ? "in columns" : "as Python objects", kTypesDecide);
}

}  // namespace pf
