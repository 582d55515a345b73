#include "bindings/python_fold.h"

#include "bindings/detached.h"

namespace py = pybind11;

namespace pf::python {
namespace {

class ReduceFold final : public PythonFold {
 public:
  void open(const WindowSession& session) override {
    session_ = &session;
    reduce_ = session.attribute("reduce");
  }
  void close() override { reduce_ = py::object(); }

  py::object add(py::object value, PyObject* element) override {
    if (value) return session_->call(element, reduce_, value.ptr(), element);
    // A copy: the first element of several windows is folded into in each of them.
    PyObject* first = detached(Py_NewRef(element));
    if (!first) session_->fail(element);
    return py::reinterpret_steal<py::object>(first);
  }
  py::object merge(const py::object& left, const py::object& right) override {
    return session_->call(nullptr, reduce_, left.ptr(), right.ptr());
  }
  py::object result_of(py::object value) override { return value; }

 private:
  const WindowSession* session_ = nullptr;
  py::object reduce_;
};

class AggregateFold final : public PythonFold {
 public:
  void open(const WindowSession& session) override {
    session_ = &session;
    create_ = session.attribute("create_accumulator");
    add_ = session.attribute("add");
    merge_ = session.attribute("merge");
    get_result_ = session.attribute("get_result");
  }
  void close() override { create_ = add_ = merge_ = get_result_ = py::object(); }

  py::object add(py::object value, PyObject* element) override {
    if (!value) value = session_->call(element, create_);
    return session_->call(element, add_, element, value.ptr());
  }
  py::object merge(const py::object& left, const py::object& right) override {
    return session_->call(nullptr, merge_, left.ptr(), right.ptr());
  }
  py::object result_of(py::object value) override {
    return session_->call(nullptr, get_result_, value.ptr());
  }

 private:
  const WindowSession* session_ = nullptr;
  py::object create_;
  py::object add_;
  py::object merge_;
  py::object get_result_;
};

}  // namespace

std::unique_ptr<PythonFold> make_reduce_fold() { return std::make_unique<ReduceFold>(); }
std::unique_ptr<PythonFold> make_aggregate_fold() { return std::make_unique<AggregateFold>(); }

void FoldedContents::open(WindowServices& services) {
  PythonContents::open(services);
  fold_->open(*session_);
}

void FoldedContents::close() {
  fold_->close();
  PythonContents::close();
}

py::object FoldedContents::with(py::object value, std::span<const uint32_t> rows) {
  {
    NamespaceKeeper keeper(services_->state);
    for (uint32_t row : rows) value = fold_->add(std::move(value), session_->row(row));
  }
  return fitting(std::move(value));
}

py::object FoldedContents::merged(const py::object& left, const py::object& right) {
  NamespaceKeeper keeper(services_->state);
  return fitting(fold_->merge(left, right));
}

py::object FoldedContents::result_of(py::object value) {
  NamespaceKeeper keeper(services_->state);
  return fold_->result_of(std::move(value));
}

bool FoldedContents::show(const Window& window, py::object result) {
  if (result.is_none()) return true;
  if (form() == WindowForm::kNone) return emit(window, std::move(result));
  py::list elements(1);
  PyList_SET_ITEM(elements.ptr(), 0, result.release().ptr());
  return give(window, elements);
}

py::object FoldedContents::fitting(py::object value) const {
  const Coercer* type = session_->plan().contents_type.get();
  if (!type) return value;
  PyObject* fitting = type->apply(value.release().ptr());
  if (!fitting) session_->fail(nullptr);
  return py::reinterpret_steal<py::object>(fitting);
}

}  // namespace pf::python
