#pragma once

#include <memory>

#include <pybind11/pybind11.h>

#include "bindings/coercer.h"
#include "bindings/process_scope.h"

namespace pf::python {

// The Python types through which process functions reach a ProcessScope for each element: written against the
// C API, since pybind11's dispatch would cost more than the calls do. All raise RuntimeError once the scope
// is closed.

/// `ctx`: timestamp(), timer_service(), get_current_key(), time_domain(), current_watermark(),
/// current_processing_time().
pybind11::object make_process_context(const std::shared_ptr<ProcessScope>& scope);

/// The TimerService of a scope.
pybind11::object make_timer_service(const std::shared_ptr<ProcessScope>& scope);

/// The ValueState of a declared state: value(), update(value), clear(). `type` may be null.
pybind11::object make_value_state(const std::shared_ptr<ProcessScope>& scope, StateId state,
                                  std::shared_ptr<const Coercer> type);

/// Whether a value can be kept in a state of that type; if not, a Python error is set. State gives back what
/// was put into it, uncoerced, as PyFlink's cache of state does. Null: any value can.
bool has_type(const Coercer* type, PyObject* value);

/// Adds the types to the module, as ProcessContext, TimerService and ValueState.
void add_process_types(pybind11::module_& module);

}  // namespace pf::python
