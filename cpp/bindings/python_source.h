#pragma once

#include <memory>

#include <pybind11/pybind11.h>

#include "bindings/coercer.h"
#include "bindings/gil_holder.h"
#include "dataflow/source/source_factory.h"

namespace pf::python {

/// A source written in Python. `open` is called in each subtask with a dict that says where it runs, and
/// holds as "operator_state" an OperatorStateStore, and with a callable that wakes the source. It gives an
/// object with
/// - `poll(limit)` -> a list of at most about so many records, an empty list for "nothing now: I call wake",
///   or None for the end. Where records have timestamps it gives a tuple instead: the list; a list of as many
///   timestamps, or None; and what follows the records, or None: an int for a watermark, True to fall idle,
///   False to be active again.
/// - `close()`
/// and, if it can go on from a snapshot,
/// - `snapshot_state(checkpoint_id, timestamp)`, which brings the operator state up to date;
/// - `prepare_snapshot(limit)`, if there is something to be handed out before: what `poll` gives, with None
/// for
///   "ready". No `poll` comes between that and `snapshot_state`;
/// - `notify_checkpoint_complete(checkpoint_id)` and `notify_checkpoint_aborted(checkpoint_id)`.
std::shared_ptr<const SourceFactory> make_python_source(pybind11::object open,
                                                        std::shared_ptr<const Coercer> coercer);

}  // namespace pf::python
