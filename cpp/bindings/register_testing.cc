#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "bindings/object_column.h"
#include "bindings/register.h"
#include "bindings/user_failure.h"
#include "testing/operator_driver.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// ("record", slot, value, timestamp or None) or ("watermark", slot, timestamp, None)
using Emitted = py::typing::Tuple<py::str, py::int_, py::object, py::object>;

py::object timestamp_of(const Batch& batch, size_t row) {
  if (!batch.timestamps || (*batch.timestamps)[row] == kMinTimestamp) return py::none();
  return py::int_((*batch.timestamps)[row]);
}

py::typing::List<Emitted> take_output(OperatorDriver& driver) {
  py::typing::List<Emitted> output;
  for (const Outbox::Item& item : driver.take_output()) {
    if (const auto* batch = std::get_if<Batch>(&item.element)) {
      ObjectView rows(batch->values);
      for (size_t row = 0; row < rows.size(); ++row) {
        output.append(py::make_tuple("record", item.slot, py::handle(rows[row]), timestamp_of(*batch, row)));
      }
    } else if (const auto* watermark = std::get_if<Watermark>(&item.element)) {
      output.append(py::make_tuple("watermark", item.slot, watermark->timestamp, py::none()));
    }
  }
  return output;
}

/// Runs `body`, and raises what the user's function raised as it is.
template <typename Body>
void driving(Body body) {
  try {
    body();
  } catch (const UserFailure& failure) {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(failure.exception().ptr())),
                    failure.exception().ptr());
    throw py::error_already_set();
  }
}

}  // namespace

void register_testing(py::module_& module) {
  py::class_<OperatorDriver>(module, "OperatorDriver")
      .def(py::init([](const OperatorFactory& factory, std::string name, std::string declared_at,
                       std::vector<std::string> side_outputs,
                       std::vector<std::optional<std::shared_ptr<KeyExtractorFactory>>> keys,
                       size_t batch_size, bool batch_mode, int64_t epoch_millis) {
             OperatorDriver::Settings settings;
             settings.operator_name = std::move(name);
             settings.declared_at = std::move(declared_at);
             settings.side_outputs = std::move(side_outputs);
             for (const auto& key : keys) settings.keys.push_back(key.value_or(nullptr));
             settings.batch_size = batch_size;
             settings.batch_mode = batch_mode;
             settings.epoch_millis = epoch_millis;
             settings.while_waiting = [](const std::function<void()>& wait) {
               py::gil_scoped_release release;
               wait();
             };
             return std::make_unique<OperatorDriver>(factory, std::move(settings));
           }),
           py::kw_only(), py::arg("factory"), py::arg("name"), py::arg("declared_at"),
           py::arg("side_outputs"), py::arg("keys"), py::arg("batch_size"), py::arg("batch_mode"),
           py::arg("epoch_millis"))
      .def("open", [](OperatorDriver& driver) { driving([&] { driver.open(); }); })
      .def(
          "process",
          [](OperatorDriver& driver, int input, py::handle value, std::optional<int64_t> timestamp) {
            Batch batch;
            batch.values = std::make_shared<ObjectColumn>(std::vector<PyObject*>{Py_NewRef(value.ptr())});
            if (timestamp) {
              batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::vector{*timestamp});
            }
            driving([&] { driver.process_batch(input, std::move(batch)); });
          },
          py::arg("input"), py::arg("value"), py::arg("timestamp"))
      .def(
          "process_watermark",
          [](OperatorDriver& driver, int64_t timestamp) {
            driving([&] { driver.process_watermark(timestamp); });
          },
          py::arg("timestamp"))
      .def(
          "set_processing_time",
          [](OperatorDriver& driver, int64_t epoch_millis) {
            driving([&] { driver.set_processing_time(epoch_millis); });
          },
          py::arg("epoch_millis"))
      .def_property_readonly("processing_time", &OperatorDriver::processing_time)
      .def(
          "end_input", [](OperatorDriver& driver, int input) { driving([&] { driver.end_input(input); }); },
          py::arg("input"))
      .def("close", [](OperatorDriver& driver) { driving([&] { driver.close(); }); })
      .def("take_output", &take_output);
}

}  // namespace pf::python
