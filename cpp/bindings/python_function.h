#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/typing.h>

#include "bindings/coercer.h"
#include "bindings/gil_holder.h"
#include "bindings/operator_state_store.h"
#include "bindings/user_failure.h"
#include "dataflow/operator/operator.h"

namespace pf::python {

/// A user's function as the plan carries it. Shared by all subtasks and immutable; created with the
/// GIL, destroyed by any thread.
struct PythonFunction {
  /// Called in each subtask with a dict that says where it runs, and holds as "scope" what process functions
  /// reach, and as "operator_state" an OperatorStateStore; gives the object described at `OpenFunction`.
  GilHolder open;
  /// The declared types of the main output and of each side output; null where any value is right.
  std::shared_ptr<const Coercer> output;
  std::vector<std::pair<std::string, std::shared_ptr<const Coercer>>> side_outputs;
};

/// Type descriptors by the id of the side output's tag.
using SideOutputTypes = pybind11::typing::Dict<pybind11::str, pybind11::object>;

/// `type` and the side outputs' types as `Types.*` describe themselves, or None.
std::shared_ptr<const PythonFunction> make_python_function(pybind11::object open, pybind11::handle type,
                                                           const SideOutputTypes& side_outputs);

/// What the result of a call means for the stream.
enum class ResultForm : uint8_t {
  kValue,      // one record
  kIterable,   // any number of records, or None for none; (OutputTag, value) goes to a side output
  kPredicate,  // true: the argument passes
  kNothing,    // a sink: the result is ignored
  kBatch,      // a sink that takes a list of all the records of a batch
};

/// A user's function opened in one subtask: for each input a callable and the form of its results.
/// Lives on the Python lane.
class OpenFunction {
 public:
  struct Call {
    pybind11::object callable;
    ResultForm form;
    /// Set before each call, when the function takes a context beside the value.
    pybind11::object context;
  };

  /// Throws UserFailure when the user's `open` raises.
  OpenFunction(const PythonFunction& function, const OperatorContext& context,
               const pybind11::object& scope = pybind11::none());
  const Call& call(int input) const { return calls_.at(static_cast<size_t>(input)); }
  size_t inputs() const { return calls_.size(); }
  /// Called for each timer with its time and the context of the first input; null when there is nothing to
  /// call.
  const pybind11::object& on_timer() const { return on_timer_; }
  /// Tells the object that all its inputs have ended, if it has a `finish` that is not None.
  /// Throws UserFailure when that raises.
  void finish();
  /// Throws UserFailure when the user's `close` raises.
  void close();

  /// Lets functions that are checkpointed bring their state up to date, and gives the operator state of the
  /// subtask. Throws UserFailure when they raise.
  OperatorSnapshot snapshot_state(const SnapshotContext& checkpoint);
  /// Tell functions that listen to checkpoints. Throw UserFailure when they raise.
  void notify_complete(int64_t checkpoint_id);
  void notify_aborted(int64_t checkpoint_id);

 private:
  const OperatorContext& context_;
  pybind11::object object_;
  std::vector<Call> calls_;
  pybind11::object on_timer_;
  const std::shared_ptr<OperatorStateStore> state_;
};

/// Calls a method of an object that has been opened with these arguments, if it has it. Throws UserFailure
/// when it raises.
template <typename... Arguments>
void call_hook(const OperatorContext& context, const pybind11::object& opened, const char* method,
               Arguments... arguments) {
  naming_operator(context, [&] {
    pybind11::object hook = pybind11::getattr(opened, method, pybind11::none());
    if (!hook.is_none()) hook(arguments...);
  });
}

/// The dict that tells Python code where it runs.
pybind11::dict describe(const OperatorContext& context);

}  // namespace pf::python
