#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "serde/serializer.h"
#include "state/row_ttl.h"

namespace pf {

/// When state that nobody uses any more goes away, by processing time (Flink's `StateTtlConfig`). Values,
/// list elements and map entries expire each for itself.
struct StateTtl {
  int64_t millis = 0;
  /// Whether reading, too, makes a value young again.
  bool update_on_read = false;
  /// Whether what has expired is still given out until it has been cleaned up.
  bool return_expired = false;
  /// In memory: entries that each access, or each record, looks through for expired state; 0 for none.
  uint32_t cleanup_entries = 5;
  bool cleanup_on_every_record = false;
  /// In a store: whether it drops expired rows when it rewrites its files.
  bool cleanup_in_store = true;
  int64_t store_looks_again_millis = 0;  // see RowTtl
  /// Whether snapshots leave out what has expired.
  bool cleanup_in_snapshot = false;
};

/// What is declared about a state before it is used.
struct StateDescriptor {
  enum class Kind : uint8_t { kValue, kList, kMap };

  std::string name;
  Kind kind = Kind::kValue;
  /// Of the value, the list's elements, or the map's values.
  SerializerPtr value;
  /// Of a map's keys; null otherwise. Keys are compared by their bytes.
  SerializerPtr map_key;
  std::optional<StateTtl> ttl;
  /// What the state is asked for by from outside of the job; empty: it is not, and so with a TTL.
  std::string queryable_name = {};

  /// Kind and types, as JSON: what two declarations of a name must agree on.
  std::string schema() const;
  std::optional<RowTtl> row_ttl() const;
};

}  // namespace pf
