#pragma once

#include <string_view>

#include "base/error.h"
#include "dataflow/operator/operator.h"

namespace pf {

/// For an operator of which there are two kinds, one on columns and one that calls Python: throws Error where
/// the checkpoint has the other one's state, by its name. Declared types decide which of the two it is.
inline void refuse_state_of_other_kind(const OperatorContext& context, std::string_view name) {
  for (const auto& snapshot : context.restored) {
    if (!snapshot->keyed) continue;
    for (const KeyedSnapshot::State& state : snapshot->keyed->states()) {
      if (state.name != name) continue;
      throw Error("the checkpoint has state of '" + context.operator_name + "' that was kept " +
                  (name == "aggregates" ? "in columns" : "as Python objects") + ", as " + state.schema +
                  ", and it works the other way now, since types of records and keys decide that: declare "
                  "them, key_type too, as they were");
    }
  }
}

}  // namespace pf
