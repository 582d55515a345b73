#pragma once

#include <memory>
#include <optional>

#include "bindings/python_exchange.h"

namespace pf::python {

/// How the key of a record is found for a receiver that works on columns.
struct ColumnKeySpec {
  TypeInfoPtr record;
  /// A field of the record; none: the record itself, unless it is called for.
  std::optional<size_t> field;
  /// The user's function, whose results are of type `key`; null where it does nothing but read the field.
  std::shared_ptr<const KeyExtractorFactory> called;
  TypeInfoPtr key;
  TypeInfoPtr declared;  // PICKLED where the key's type is that of the field
};

/// Keys in columns, and records laid out as columns where they come as Python objects: what is sent over
/// such an edge needs no GIL any more.
std::shared_ptr<const KeyExtractorFactory> make_column_key(ColumnKeySpec spec, DeclaredBy declared);

}  // namespace pf::python
