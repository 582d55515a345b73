#include "bindings/python_window_contents.h"

#include "base/error.h"
#include "bindings/detached.h"
#include "bindings/python_serializer.h"
#include "bindings/result_collector.h"
#include "state/list_state.h"
#include "state/value_state.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// How a window's function is called.
enum class Form : uint8_t {
  kNone,        // the one value is the result
  kApply,       // (key, window, elements)
  kProcess,     // (key, context, elements)
  kApplyAll,    // (window, elements)
  kProcessAll,  // (context, elements)
};

Form form_of(const std::string& name) {
  if (name == "apply") return Form::kApply;
  if (name == "process") return Form::kProcess;
  if (name == "apply_all") return Form::kApplyAll;
  if (name == "process_all") return Form::kProcessAll;
  PF_CHECK(name == "none");
  return Form::kNone;
}

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

class PythonContents : public WindowContents {
 public:
  explicit PythonContents(std::shared_ptr<WindowSession> session) : session_(std::move(session)) {}

  void open(WindowServices& services) override {
    WindowContents::open(services);
    results_.emplace(*session_->plan().function, services.context);
    session_->open(services);
    form_ = session_->guarded(nullptr,
                              [&] { return form_of(py::cast<std::string>(session_->attribute("form"))); });
    function_ = session_->attribute("function");
    context_ = session_->attribute("context");
    on_clear_ = session_->attribute("on_clear");
  }
  void close() override {
    if (results_) results_->drop();
    function_ = context_ = on_clear_ = py::object();
    if (services_) session_->close();
  }
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

  bool resume_fire() override {
    NamespaceKeeper keeper(services_->state);
    return taken(results_->take_more());
  }
  void dispose(const Window& window) override {
    if (!on_clear_) return;
    NamespaceKeeper keeper(services_->state);
    give_window(window);
    session_->call(nullptr, on_clear_, context_.ptr());
  }
  bool full() const override { return results_->full(); }
  void flush(Outbox& out) override { results_->flush(out); }

  [[noreturn]] void refuse_record(const Batch&, size_t row, const std::string& problem) const override {
    PyErr_SetString(PyExc_ValueError, problem.c_str());
    session_->fail(session_->row(row));
  }

 protected:
  StateId declare(StateDescriptor::Kind kind) {
    StateDescriptor descriptor;
    descriptor.name = "window-contents";
    descriptor.kind = kind;
    descriptor.value = make_python_serializer(session_->plan().contents_schema);
    return services_->state.declare(std::move(descriptor));
  }
  /// Calls the function with the elements of a window that fires.
  bool give(const Window& window, const py::list& elements) {
    NamespaceKeeper keeper(services_->state);
    results_->set_timestamp(window.max_timestamp);
    PyObject* object = give_window(window);
    bool process = form_ == Form::kProcess || form_ == Form::kProcessAll;
    PyObject* where = process ? context_.ptr() : object;
    py::object answer;
    if (form_ == Form::kApplyAll || form_ == Form::kProcessAll) {
      answer = session_->call(nullptr, function_, where, elements.ptr());
    } else {
      answer = session_->call(nullptr, function_, session_->key().ptr(), where, elements.ptr());
    }
    return taken(results_->take(answer.release().ptr()));
  }
  bool take(const Window& window, py::object results) {
    results_->set_timestamp(window.max_timestamp);
    return taken(results_->take(results.release().ptr()));
  }
  /// One result, as it is.
  bool emit(const Window& window, py::object result) {
    results_->set_timestamp(window.max_timestamp);
    if (!results_->add(result.release().ptr())) session_->fail(nullptr);
    return true;
  }
  /// Borrowed. Also makes it the window of the function's context.
  PyObject* give_window(const Window& window) {
    session_->enter(window);
    return session_->guarded(nullptr, [&] {
      PyObject* object = session_->windows().object_of(window);
      if (context_) context_.attr("_window") = py::handle(object);
      return object;
    });
  }

  std::shared_ptr<WindowSession> session_;
  Form form_ = Form::kNone;

 private:
  bool taken(ResultCollector::Taken taken) {
    if (taken == ResultCollector::Taken::kFailed) session_->fail(nullptr);
    return taken == ResultCollector::Taken::kAll;
  }

  std::optional<ResultCollector> results_;
  py::object function_;
  py::object context_;
  py::object on_clear_;
};

/// Keeps all elements.
class ListContents : public PythonContents {
 public:
  using PythonContents::PythonContents;

  void open(WindowServices& services) override {
    PythonContents::open(services);
    id_ = declare(StateDescriptor::Kind::kList);
    state_.emplace(services.state, id_);
  }
  bool add(const Batch& batch, std::span<const uint32_t> rows) override {
    bool known = !services_->state.place(id_).store && has_some();
    for (uint32_t row : rows) state_->add(datum_of(element(batch, row)));
    return !known;
  }
  void merge(const Window& into, const std::vector<Window>& others) override {
    std::vector<Datum> moved;
    for (const Window& other : others) {
      services_->enter(other);
      for (Datum datum : state_->get()) moved.push_back(datum);
      state_->clear();
    }
    services_->enter(into);
    for (Datum datum : moved) state_->add(datum);
  }
  void clear() override { state_->clear(); }
  bool fire(const Window& window) override {
    py::list elements = get();
    return elements.empty() || give(window, elements);
  }

 protected:
  /// A new reference.
  virtual PyObject* element(const Batch&, uint32_t row) const { return Py_NewRef(session_->row(row)); }
  py::list get() {
    std::vector<Datum> items = state_->get();
    py::list elements(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      PyList_SET_ITEM(elements.ptr(), static_cast<Py_ssize_t>(i), object_of(items[i]));
    }
    return elements;
  }
  ListState& state() { return *state_; }

 private:
  bool has_some() {
    Cell* cell = services_->state.find_cell(id_);
    return cell && !cell->empty();
  }

  StateId id_ = 0;
  std::optional<ListState> state_;
};

/// Keeps elements with their timestamps, and lets an evictor drop some of them around the function.
class EvictingContents final : public ListContents {
 public:
  using ListContents::ListContents;

  void open(WindowServices& services) override {
    ListContents::open(services);
    evict_ = session_->attribute("evict");
  }
  void close() override {
    evict_ = py::object();
    ListContents::close();
  }
  bool fire(const Window& window) override {
    py::list elements = get();
    if (elements.empty()) return true;
    NamespaceKeeper keeper(services_->state);
    PyObject* object = give_window(window);
    py::object answer = session_->call(nullptr, evict_, session_->key().ptr(), object, elements.ptr());
    auto [results, left] =
        session_->guarded(nullptr, [&] { return py::cast<std::pair<py::object, py::list>>(answer); });
    keeper.restore();
    std::vector<Datum> kept;
    for (py::handle element : left) kept.push_back(datum_of(Py_NewRef(element.ptr())));
    state().update(kept);
    return take(window, results);
  }

 private:
  PyObject* element(const Batch& batch, uint32_t row) const override {
    int64_t timestamp = batch.timestamp_of(row);
    py::object time = timestamp == kMinTimestamp ? py::object(py::none()) : py::object(py::int_(timestamp));
    return py::make_tuple(py::handle(session_->row(row)), time).release().ptr();
  }

  py::object evict_;
};

/// Folds elements into one value as they come.
class FoldingContents : public PythonContents {
 public:
  using PythonContents::PythonContents;

  void open(WindowServices& services) override {
    PythonContents::open(services);
    state_.emplace(services.state, declare(StateDescriptor::Kind::kValue));
  }
  bool add(const Batch&, std::span<const uint32_t> rows) override {
    Datum* found = state_->find();
    bool is_new = found == nullptr;
    py::object value = found ? py::reinterpret_borrow<py::object>(object_of(*found)) : py::object();
    {
      NamespaceKeeper keeper(services_->state);
      for (uint32_t row : rows) value = fold(std::move(value), session_->row(row));
    }
    keep(std::move(value));
    return is_new;
  }
  void merge(const Window& into, const std::vector<Window>& others) override {
    py::object all = take_out();
    for (const Window& other : others) {
      services_->enter(other);
      py::object value = take_out();
      if (value) all = all ? combine(all, value) : value;
    }
    services_->enter(into);
    if (all) keep(std::move(all));
  }
  void clear() override { state_->clear(); }
  bool fire(const Window& window) override {
    Datum* found = state_->find();
    if (!found) return true;
    py::object value;
    {
      NamespaceKeeper keeper(services_->state);
      value = result_of(py::reinterpret_borrow<py::object>(object_of(*found)));
    }
    if (value.is_none()) return true;  // as in Flink, no result is no record
    if (form_ == Form::kNone) return emit(window, std::move(value));
    py::list elements(1);
    PyList_SET_ITEM(elements.ptr(), 0, value.release().ptr());
    return give(window, elements);
  }

 protected:
  /// The value with an element added; there is none before the first.
  virtual py::object fold(py::object value, PyObject* element) = 0;
  virtual py::object combine(const py::object& left, const py::object& right) = 0;
  virtual py::object result_of(py::object value) { return value; }

 private:
  void keep(py::object value) {
    if (const Coercer* type = session_->plan().contents_type.get()) {
      PyObject* fitting = type->apply(value.release().ptr());
      if (!fitting) session_->fail(nullptr);
      value = py::reinterpret_steal<py::object>(fitting);
    }
    state_->put(datum_of(value.release().ptr()));
  }
  py::object take_out() {
    Datum* found = state_->find();
    if (!found) return {};
    auto value = py::reinterpret_borrow<py::object>(object_of(*found));
    state_->clear();
    return value;
  }

  std::optional<ValueState> state_;
};

class ReducingContents final : public FoldingContents {
 public:
  using FoldingContents::FoldingContents;

  void open(WindowServices& services) override {
    FoldingContents::open(services);
    reduce_ = session_->attribute("reduce");
  }
  void close() override {
    reduce_ = py::object();
    FoldingContents::close();
  }

 private:
  py::object fold(py::object value, PyObject* element) override {
    if (value) return session_->call(element, reduce_, value.ptr(), element);
    // A copy: the first element of several windows is folded into in each of them.
    PyObject* first = detached(Py_NewRef(element));
    if (!first) session_->fail(element);
    return py::reinterpret_steal<py::object>(first);
  }
  py::object combine(const py::object& left, const py::object& right) override {
    return session_->call(nullptr, reduce_, left.ptr(), right.ptr());
  }

  py::object reduce_;
};

class AggregatingContents final : public FoldingContents {
 public:
  using FoldingContents::FoldingContents;

  void open(WindowServices& services) override {
    FoldingContents::open(services);
    create_ = session_->attribute("create_accumulator");
    add_ = session_->attribute("add");
    merge_ = session_->attribute("merge");
    get_result_ = session_->attribute("get_result");
  }
  void close() override {
    create_ = add_ = merge_ = get_result_ = py::object();
    FoldingContents::close();
  }

 private:
  py::object fold(py::object value, PyObject* element) override {
    if (!value) value = session_->call(element, create_);
    return session_->call(element, add_, element, value.ptr());
  }
  py::object combine(const py::object& left, const py::object& right) override {
    return session_->call(nullptr, merge_, left.ptr(), right.ptr());
  }
  py::object result_of(py::object value) override {
    return session_->call(nullptr, get_result_, value.ptr());
  }

  py::object create_;
  py::object add_;
  py::object merge_;
  py::object get_result_;
};

}  // namespace

std::unique_ptr<WindowContents> make_python_contents(std::shared_ptr<WindowSession> session,
                                                     const std::string& kind) {
  if (kind == "list") return std::make_unique<ListContents>(std::move(session));
  if (kind == "reduce") return std::make_unique<ReducingContents>(std::move(session));
  if (kind == "aggregate") return std::make_unique<AggregatingContents>(std::move(session));
  PF_CHECK(kind == "evicting");
  return std::make_unique<EvictingContents>(std::move(session));
}

}  // namespace pf::python
