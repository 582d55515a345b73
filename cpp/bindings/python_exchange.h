#pragma once

#include <memory>

#include <pybind11/pybind11.h>

#include "bindings/coercer.h"
#include "bindings/gil_holder.h"
#include "bindings/item_read.h"
#include "dataflow/exchange/partitioner.h"
#include "dataflow/operator/operator.h"

namespace pf::python {

/// Where a function that belongs to an edge was declared, for its errors.
struct DeclaredBy {
  std::string operator_name;
  std::string declared_at;
};

/// For a `UserFailure` on an edge.
OperatorContext context_of(const DeclaredBy& declared);

/// The declared type of keys; PICKLED where none is, which any key is right for.
struct PythonKeyType {
  TypeInfoPtr info;
  std::shared_ptr<const Coercer> coercer;  // null: any
};

/// Keys by a user's function, called once for each record that `item` doesn't read.
/// `open` gives the callable, anew for each sending subtask.
std::shared_ptr<const KeyExtractorFactory> make_python_key_extractor(pybind11::object open, ItemRead item,
                                                                     PythonKeyType type, DeclaredBy declared);

/// Channels by a user's function of (key, number of channels), after a key function.
/// `open` gives both callables as a pair.
std::shared_ptr<const PartitionerFactory> make_python_partitioner(pybind11::object open, DeclaredBy declared);

}  // namespace pf::python
