#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "state/keyed_snapshot.h"

namespace pf {

/// What a queryable state has for an entry (see `entry_key`), as a snapshot that has nothing else; null where
/// it has nothing. On the task's thread, between two calls of its operators, as long as these are open.
using StateLookup = std::function<std::shared_ptr<const KeyedSnapshot>(std::string_view entry)>;

/// Makes a state of an operator known outside of the job. Throws Error where the queryable name is another
/// one's. On the task's thread.
using StatePublisher =
    std::function<void(const std::string& queryable_name, const std::string& state, StateLookup lookup)>;

}  // namespace pf
