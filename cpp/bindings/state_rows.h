#pragma once

#include <cstdint>
#include <string>

#include <pybind11/pybind11.h>

#include "serde/bytes.h"
#include "state/keyed_snapshot.h"

namespace pf::python {

/// Decodes what a state holds, as far as its schema tells how: other bytes are shown as they are.
class ValueReader {
 public:
  explicit ValueReader(const std::string& schema);
  pybind11::object read(ByteReader& in) const;

 private:
  enum class Layout : uint8_t { kTagged, kLong, kDouble, kUnknown };
  Layout layout_ = Layout::kUnknown;
};

/// 'timers', 'list', 'map' or 'value'.
const char* kind_of(const KeyedStateInfo& state);

/// Decodes the rows that snapshots have of a keyed state, which must outlive it.
class RowReader {
 public:
  explicit RowReader(const KeyedStateInfo& state);
  /// (key, namespace, map key or time, value): None where there is no such thing.
  pybind11::tuple read(const KeyedRow& row) const;

 private:
  const KeyedStateInfo& state_;
  const std::string kind_;
  const ValueReader values_;
};

}  // namespace pf::python
