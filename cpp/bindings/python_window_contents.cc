#include "bindings/python_window_contents.h"

#include "base/error.h"
#include "bindings/gc_tracking.h"
#include "bindings/python_contents.h"
#include "bindings/python_fold.h"
#include "bindings/python_sliced_contents.h"
#include "state/list_state.h"
#include "state/value_state.h"

namespace py = pybind11;

namespace pf::python {
namespace {

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
class FoldingContents final : public FoldedContents {
 public:
  using FoldedContents::FoldedContents;

  void open(WindowServices& services) override {
    FoldedContents::open(services);
    state_.emplace(services.state, declare(StateDescriptor::Kind::kValue));
  }
  bool add(const Batch&, std::span<const uint32_t> rows) override {
    Datum* found = state_->find();
    bool is_new = found == nullptr;
    py::object value = found ? py::reinterpret_borrow<py::object>(object_of(*found)) : py::object();
    keep(with(std::move(value), rows));
    return is_new;
  }
  void merge(const Window& into, const std::vector<Window>& others) override {
    py::object all = take_out();
    for (const Window& other : others) {
      services_->enter(other);
      py::object value = take_out();
      if (value) all = all ? merged(all, value) : value;
    }
    services_->enter(into);
    if (all) keep(std::move(all));
  }
  void clear() override { state_->clear(); }
  bool fire(const Window& window) override {
    Datum* found = state_->find();
    if (!found) return true;
    return show(window, result_of(py::reinterpret_borrow<py::object>(object_of(*found))));
  }

 private:
  void keep(py::object value) {
    untrack_if_flat(value.ptr());
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

}  // namespace

std::unique_ptr<WindowContents> make_python_contents(std::shared_ptr<WindowSession> session,
                                                     const std::string& kind, const WindowSlices* slices) {
  if (kind == "list") return std::make_unique<ListContents>(std::move(session));
  if (kind == "reduce") return std::make_unique<FoldingContents>(std::move(session), make_reduce_fold());
  if (kind == "aggregate") {
    return std::make_unique<FoldingContents>(std::move(session), make_aggregate_fold());
  }
  if (kind == "sliced reduce") {
    return make_python_sliced_contents(std::move(session), make_reduce_fold(), *slices);
  }
  if (kind == "sliced aggregate") {
    return make_python_sliced_contents(std::move(session), make_aggregate_fold(), *slices);
  }
  PF_CHECK(kind == "evicting");
  return std::make_unique<EvictingContents>(std::move(session));
}

}  // namespace pf::python
