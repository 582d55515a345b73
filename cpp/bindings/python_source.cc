#include "bindings/python_source.h"

#include "bindings/object_column.h"
#include "bindings/python_function.h"
#include "bindings/user_failure.h"

namespace py = pybind11;

namespace pf::python {
namespace {

struct PythonSourceSpec {
  GilHolder open;
  std::shared_ptr<const Coercer> coercer;
};

class PythonSource final : public Source {
 public:
  explicit PythonSource(std::shared_ptr<const PythonSourceSpec> spec) : spec_(std::move(spec)) {}

  void open(OperatorContext& context) override {
    Source::open(context);
    try {
      reader_ = spec_->open.get()(describe(context), py::cpp_function(context.wake));
    } catch (const py::error_already_set& error) {
      throw UserFailure(context, error, nullptr);
    }
  }

  Poll poll(Outbox& out) override {
    py::object records;
    try {
      records = reader_.attr("poll")(context_->batch_size);
    } catch (const py::error_already_set& error) {
      throw UserFailure(*context_, error, nullptr);
    }
    if (records.is_none()) return Poll::kEnd;
    auto list = py::cast<py::list>(records);
    if (list.empty()) return Poll::kWait;
    std::vector<PyObject*> objects;
    objects.reserve(list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      PyObject* record = PyList_GET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i));
      PyObject* value = Py_NewRef(record);
      if (spec_->coercer) value = spec_->coercer->apply(value);
      if (!value) {
        for (PyObject* earlier : objects) Py_DECREF(earlier);
        throw UserFailure(*context_, record);
      }
      objects.push_back(value);
    }
    Batch batch;
    batch.values = std::make_shared<ObjectColumn>(std::move(objects));
    out.emit(std::move(batch));
    return Poll::kMore;
  }

  void close() override {
    if (!reader_) return;
    auto reader = std::exchange(reader_, py::object());
    try {
      reader.attr("close")();
    } catch (const py::error_already_set& error) {
      throw UserFailure(*context_, error, nullptr);
    }
  }

  bool needs_lane() const override { return true; }

 private:
  std::shared_ptr<const PythonSourceSpec> spec_;
  py::object reader_;
};

class PythonSourceFactory final : public SourceFactory {
 public:
  explicit PythonSourceFactory(std::shared_ptr<const PythonSourceSpec> spec) : spec_(std::move(spec)) {}
  std::unique_ptr<Source> create(uint32_t, uint32_t) const override {
    return std::make_unique<PythonSource>(spec_);
  }

 private:
  std::shared_ptr<const PythonSourceSpec> spec_;
};

}  // namespace

std::shared_ptr<const SourceFactory> make_python_source(py::object open,
                                                        std::shared_ptr<const Coercer> coercer) {
  auto spec = std::make_shared<PythonSourceSpec>();
  spec->open = GilHolder(std::move(open));
  spec->coercer = std::move(coercer);
  return std::make_shared<PythonSourceFactory>(std::move(spec));
}

}  // namespace pf::python
