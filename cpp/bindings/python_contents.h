#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bindings/python_serializer.h"
#include "bindings/result_collector.h"
#include "bindings/window_session.h"
#include "dataflow/window/window_contents.h"

namespace pf::python {

/// How a window's function is called.
enum class WindowForm : uint8_t {
  kNone,        // the one value is the result
  kApply,       // (key, window, elements)
  kProcess,     // (key, context, elements)
  kApplyAll,    // (window, elements)
  kProcessAll,  // (context, elements)
};

/// The user's functions may reach state of other namespaces: this goes back to the one before.
class NamespaceKeeper {
 public:
  explicit NamespaceKeeper(KeyedStateBackend& state) : state_(state), kept_(state.current_namespace()) {}
  ~NamespaceKeeper() { restore(); }
  void restore() {
    if (state_.current_namespace() != kept_) state_.set_namespace(kept_);
  }

 private:
  KeyedStateBackend& state_;
  std::string kept_;
};

/// What all contents that are Python objects share: the session, and the function behind them. Lives on the
/// Python lane; keeps nothing of its own in checkpoints.
class PythonContents : public WindowContents {
 public:
  explicit PythonContents(std::shared_ptr<WindowSession> session) : session_(std::move(session)) {}

  void open(WindowServices& services) override;
  void close() override;
  bool needs_lane() const override { return true; }
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    return session_->snapshot_state(context);
  }
  void notify_checkpoint_complete(int64_t checkpoint_id) override {
    session_->notify_checkpoint("notify_checkpoint_complete", checkpoint_id);
  }
  void notify_checkpoint_aborted(int64_t checkpoint_id) override {
    session_->notify_checkpoint("notify_checkpoint_aborted", checkpoint_id);
  }
  void begin_batch(const Batch& batch) override { session_->begin_batch(batch); }
  void end_batch() override { session_->end_batch(); }

  bool resume_fire() override;
  void dispose(const Window& window) override;
  bool full() const override { return results_->full(); }
  void flush(Outbox& out) override { results_->flush(out); }

  [[noreturn]] void refuse_record(const Batch& batch, size_t row, const std::string& problem) const override;

 protected:
  /// Of the type that the plan says.
  SerializerPtr make_serializer() const { return make_python_serializer(session_->plan().contents_schema); }
  /// The state where the elements of each window, or their value, lie.
  StateId declare(StateDescriptor::Kind kind);
  WindowForm form() const { return form_; }
  /// Calls the function with the elements of a window that fires.
  bool give(const Window& window, const pybind11::list& elements);
  bool take(const Window& window, pybind11::object results);
  /// One result, as it is.
  bool emit(const Window& window, pybind11::object result);
  /// Borrowed. Also makes it the window of the function's context.
  PyObject* give_window(const Window& window);

  std::shared_ptr<WindowSession> session_;

 private:
  bool taken(ResultCollector::Taken taken);

  WindowForm form_ = WindowForm::kNone;
  std::optional<ResultCollector> results_;
  pybind11::object function_;
  pybind11::object context_;
  pybind11::object on_clear_;
};

}  // namespace pf::python
