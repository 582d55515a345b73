#include <functional>

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "base/error.h"
#include "bindings/async_answers.h"
#include "bindings/batch_operator.h"
#include "bindings/coercer.h"
#include "bindings/collect_sink.h"
#include "bindings/column_key.h"
#include "bindings/native_column.h"
#include "bindings/process_operator.h"
#include "bindings/python_async.h"
#include "bindings/python_exchange.h"
#include "bindings/python_operator.h"
#include "bindings/python_reduce.h"
#include "bindings/python_sink.h"
#include "bindings/python_source.h"
#include "bindings/register.h"
#include "dataflow/exchange/value_as_key.h"
#include "dataflow/operator/keyed_count.h"
#include "dataflow/operator/pass_through.h"
#include "dataflow/operator/split.h"
#include "dataflow/sink/discard.h"
#include "dataflow/source/arrow_source.h"
#include "dataflow/source/sequence_source.h"
#include "dataflow/source/text_source.h"
#include "serde/type_schema.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// Makes one kind of operator around a Python function.
class FunctionOperatorFactory final : public OperatorFactory {
 public:
  explicit FunctionOperatorFactory(std::function<std::unique_ptr<Operator>()> make)
      : make_(std::move(make)) {}
  std::unique_ptr<Operator> create() const override { return make_(); }

 private:
  std::function<std::unique_ptr<Operator>()> make_;
};

template <typename Kind, typename... Args>
std::shared_ptr<OperatorFactory> factory_of(std::shared_ptr<const PythonFunction> function, Args... args) {
  return std::make_shared<FunctionOperatorFactory>([=] { return std::make_unique<Kind>(function, args...); });
}

AsyncAnswer::Kind answer_kind(const std::string& name) {
  if (name == "result") return AsyncAnswer::Kind::kResult;
  if (name == "failure") return AsyncAnswer::Kind::kFailure;
  PF_CHECK(name == "retry");
  return AsyncAnswer::Kind::kRetry;
}

/// Null where values may be anything.
TypeInfoPtr layout_of(py::handle descriptor) {
  TypeInfoPtr type = descriptor.is_none() ? nullptr : type_info_from(descriptor);
  return type && type->has_layout() ? type : nullptr;
}

template <typename T>
std::shared_ptr<T> mutable_handle(std::shared_ptr<const T> factory) {
  return std::const_pointer_cast<T>(std::move(factory));  // pybind11 holders know no const
}

}  // namespace

void register_functions(py::module_& module) {
  py::class_<AsyncAnswers, std::shared_ptr<AsyncAnswers>>(module, "AsyncAnswers")
      .def(
          "put",
          [](AsyncAnswers& answers, const std::vector<std::tuple<CallId, std::string, py::object>>& entries) {
            std::vector<AsyncAnswer> put;
            put.reserve(entries.size());
            for (const auto& [call, kind, value] : entries) put.push_back({call, answer_kind(kind), value});
            answers.put(std::move(put));
          },
          py::arg("answers"));

  module.def(
      "python_operator",
      [](py::object open, py::handle type,
         const SideOutputTypes& side_outputs) -> std::shared_ptr<OperatorFactory> {
        return factory_of<PythonOperator>(make_python_function(std::move(open), type, side_outputs));
      },
      py::arg("open"), py::arg("type"), py::arg("side_outputs") = SideOutputTypes());
  add_sink_context(module);
  module.def(
      "python_sink",
      [](py::object open) -> std::shared_ptr<OperatorFactory> {
        return factory_of<PythonSink>(make_python_function(std::move(open), py::none(), SideOutputTypes()));
      },
      py::arg("open"));
  module.def(
      "process_operator",
      [](py::object open, py::handle type, const SideOutputTypes& side_outputs,
         bool keyed) -> std::shared_ptr<OperatorFactory> {
        return factory_of<ProcessOperator>(make_python_function(std::move(open), type, side_outputs), keyed);
      },
      py::arg("open"), py::arg("type"), py::arg("side_outputs"), py::arg("keyed"));
  module.def(
      "python_reduce",
      [](py::object open, py::handle type) -> std::shared_ptr<OperatorFactory> {
        return factory_of<PythonReduce>(make_python_function(std::move(open), type, SideOutputTypes()),
                                        type_schema(*type_info_from(type)));
      },
      py::arg("open"), py::arg("type"));
  module.def(
      "python_async",
      [](py::object open, py::handle type, bool ordered, size_t capacity,
         int64_t timeout_millis) -> std::shared_ptr<OperatorFactory> {
        AsyncOrder order = ordered ? AsyncOrder::kOrdered : AsyncOrder::kUnordered;
        return factory_of<PythonAsync>(make_python_function(std::move(open), type, SideOutputTypes()),
                                       AsyncSettings{order, capacity, timeout_millis});
      },
      py::arg("open"), py::arg("type"), py::arg("ordered"), py::arg("capacity"), py::arg("timeout_millis"));
  module.def(
      "batch_operator",
      [](py::object open, py::handle input, py::handle output) -> std::shared_ptr<OperatorFactory> {
        BatchOperator::Types types{layout_of(input), layout_of(output)};
        return factory_of<BatchOperator>(make_python_function(std::move(open), output, SideOutputTypes()),
                                         std::move(types));
      },
      py::arg("open"), py::arg("input"), py::arg("output"));
  module.def(
      "python_source",
      [](py::object open, py::handle type) {
        return mutable_handle(make_python_source(std::move(open), coercer_of(type)));
      },
      py::arg("open"), py::arg("type"));
  module.def(
      "python_key",
      [](py::object open, std::optional<Py_ssize_t> item, py::handle type, std::string operator_name,
         std::string declared_at) {
        return mutable_handle(make_python_key_extractor(std::move(open), ItemRead(item),
                                                        {type_info_from(type), coercer_of(type)},
                                                        {std::move(operator_name), std::move(declared_at)}));
      },
      py::arg("open"), py::arg("item"), py::arg("type"), py::arg("operator_name"), py::arg("declared_at"));
  module.def(
      "column_key",
      [](py::handle record, std::optional<size_t> field,
         std::optional<std::shared_ptr<KeyExtractorFactory>> called, py::handle key, py::handle declared,
         std::string operator_name, std::string declared_at) {
        ColumnKeySpec spec{type_info_from(record), field, called ? *called : nullptr, type_info_from(key),
                           type_info_from(declared)};
        return mutable_handle(
            make_column_key(std::move(spec), {std::move(operator_name), std::move(declared_at)}));
      },
      py::arg("record"), py::arg("field"), py::arg("called"), py::arg("key"), py::arg("declared"),
      py::arg("operator_name"), py::arg("declared_at"));
  module.def(
      "python_partitioner",
      [](py::object open, std::string operator_name, std::string declared_at) {
        return mutable_handle(
            make_python_partitioner(std::move(open), {std::move(operator_name), std::move(declared_at)}));
      },
      py::arg("open"), py::arg("operator_name"), py::arg("declared_at"));
  module.def(
      "collect_sink",
      [](std::shared_ptr<ResultQueue> queue) { return mutable_handle(make_collect_sink(std::move(queue))); },
      py::arg("queue"));

  module.def(
      "sequence_source",
      [](int64_t first, int64_t last) { return mutable_handle(make_sequence_source(first, last)); },
      py::arg("first"), py::arg("last"));
  module.def(
      "text_source",
      [](const std::vector<std::string>& paths, uint64_t split_bytes) {
        return mutable_handle(make_text_source(split_files(paths, split_bytes)));
      },
      py::arg("paths"), py::arg("split_bytes"));
  module.def(
      "arrow_source",
      [](py::object open) {
        auto held = std::make_shared<GilHolder>(std::move(open));
        return mutable_handle(make_arrow_source([held] {
          py::gil_scoped_acquire gil;
          try {
            return std::move(py::cast<NativeStream&>(held->get()()).stream);
          } catch (const py::error_already_set& error) {
            throw Error("opening the Arrow stream failed: " + std::string(py::str(error.value())));
          }
        }));
      },
      py::arg("open"), "`open` gives an ArrowStream when the job runs.");
  module.def(
      "split", [](std::string separator) { return mutable_handle(make_split(std::move(separator))); },
      py::arg("separator"));
  // Python objects may pass through.
  module.def("pass_through", [] { return mutable_handle(make_pass_through(true)); });
  module.def("keyed_count", [] { return mutable_handle(make_keyed_count()); });
  module.def("value_as_key", [] { return mutable_handle(make_value_as_key()); });
  module.def("discard", [] { return mutable_handle(make_discard()); });

  module.def(
      "coerce",
      [](py::object value, py::handle descriptor) {
        auto coercer = coercer_of(descriptor);
        if (!coercer) return value;
        PyObject* coerced = coercer->apply(value.release().ptr());
        if (!coerced) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(coerced);
      },
      py::arg("value"), py::arg("type"));
  module.def(
      "showing_floats",
      [](py::handle descriptor) -> py::typing::Optional<py::typing::Callable<py::object(py::object)>> {
        auto coercer = Coercer::showing_floats(*type_info_from(descriptor));
        if (!coercer) return py::none();
        return py::cpp_function([coercer](py::object value) {
          PyObject* shown = coercer->apply(value.release().ptr());
          if (!shown) throw py::error_already_set();
          return py::reinterpret_steal<py::object>(shown);
        });
      },
      py::arg("type"),
      "Gives a value of the type as it is shown: each FLOAT by its shortest digits. None without FLOATs.");
  module.def(
      "coerce_all",
      [](py::typing::List<py::object> values, py::handle descriptor) {
        auto coercer = coercer_of(descriptor);
        if (!coercer) return values;
        for (size_t i = 0; i < values.size(); ++i) {
          PyObject* coerced = coercer->apply(Py_NewRef(PyList_GET_ITEM(values.ptr(), i)));
          if (!coerced) throw py::error_already_set();
          values[i] = py::reinterpret_steal<py::object>(coerced);
        }
        return values;
      },
      py::arg("values"), py::arg("type"), "The list itself, with its values coerced in place.");
  module.def(
      "has_layout", [](py::handle type) { return type_info_from(type)->has_layout(); }, py::arg("type"),
      "Whether values of a type can be laid out as columns.");
  module.def(
      "key_hash", [](const py::object& key) { return hash_code_of(key.ptr()); }, py::arg("key"));
}

}  // namespace pf::python
