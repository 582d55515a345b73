#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "bindings/object_column.h"
#include "bindings/register.h"
#include "bindings/user_failure.h"
#include "testing/operator_driver.h"
#include "testing/source_driver.h"

namespace py = pybind11;

namespace pf::python {
namespace {

/// ("record", slot, value, timestamp or None) or ("watermark", slot, timestamp, None)
using Emitted = py::typing::Tuple<py::str, py::int_, py::object, py::object>;

py::typing::List<Emitted> described(const std::vector<Outbox::Item>& items) {
  py::typing::List<Emitted> output;
  for (const Outbox::Item& item : items) {
    if (const auto* batch = std::get_if<Batch>(&item.element)) {
      ObjectView rows(batch->values);
      for (size_t row = 0; row < rows.size(); ++row) {
        output.append(
            py::make_tuple("record", item.slot, py::handle(rows[row]), batch->timestamp_if_set(row)));
      }
    } else if (const auto* watermark = std::get_if<Watermark>(&item.element)) {
      output.append(py::make_tuple("watermark", item.slot, watermark->timestamp, py::none()));
    }
  }
  return output;
}

/// Runs `body`, and raises what the user's function raised as it is.
template <typename Body>
auto driving(Body body) {
  try {
    return body();
  } catch (const UserFailure& failure) {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(failure.exception().ptr())),
                    failure.exception().ptr());
    throw py::error_already_set();
  }
}

/// What a subtask remembered, as Python holds it.
struct NativeSnapshot {
  std::shared_ptr<const OperatorSnapshot> snapshot;
};

/// What both drivers are told about their subtask.
struct Place {
  uint32_t subtask;
  uint32_t parallelism;
  uint32_t max_parallelism;
  std::optional<int64_t> restored_checkpoint_id;
  std::vector<NativeSnapshot> restored;
};

SubtaskSettings settings_of(std::string name, std::string declared_at, const Place& place, size_t batch_size,
                            bool batch_mode, int64_t epoch_millis) {
  SubtaskSettings settings;
  settings.operator_name = std::move(name);
  settings.declared_at = std::move(declared_at);
  settings.batch_size = batch_size;
  settings.batch_mode = batch_mode;
  settings.epoch_millis = epoch_millis;
  settings.subtask = place.subtask;
  settings.parallelism = place.parallelism;
  settings.max_parallelism = place.max_parallelism;
  settings.restored_checkpoint_id = place.restored_checkpoint_id;
  for (const NativeSnapshot& restored : place.restored) settings.restored.push_back(restored.snapshot);
  settings.while_waiting = [](const std::function<void()>& wait) {
    py::gil_scoped_release release;
    wait();
  };
  return settings;
}

/// What operators and sources have in common.
template <typename Driver>
void add_driving(py::class_<Driver>& type) {
  type.def("open", [](Driver& driver) { driving([&] { driver.open(); }); })
      .def(
          "set_processing_time",
          [](Driver& driver, int64_t epoch_millis) {
            driving([&] { driver.set_processing_time(epoch_millis); });
          },
          py::arg("epoch_millis"))
      .def(
          "snapshot_state",
          [](Driver& driver, int64_t checkpoint_id, int64_t timestamp) {
            return driving([&] { return NativeSnapshot{driver.snapshot_state({checkpoint_id, timestamp})}; });
          },
          py::arg("checkpoint_id"), py::arg("timestamp"))
      .def(
          "notify_checkpoint_complete",
          [](Driver& driver, int64_t checkpoint_id) {
            driving([&] { driver.notify_checkpoint_complete(checkpoint_id); });
          },
          py::arg("checkpoint_id"))
      .def(
          "notify_checkpoint_aborted",
          [](Driver& driver, int64_t checkpoint_id) {
            driving([&] { driver.notify_checkpoint_aborted(checkpoint_id); });
          },
          py::arg("checkpoint_id"))
      .def("close", [](Driver& driver) { driving([&] { driver.close(); }); })
      .def("take_output", [](Driver& driver) { return described(driver.take_output()); });
}

}  // namespace

void register_testing(py::module_& module) {
  py::class_<NativeSnapshot>(module, "OperatorSnapshot");
  py::class_<Place>(module, "DrivenPlace")
      .def(py::init([](uint32_t subtask, uint32_t parallelism, uint32_t max_parallelism,
                       std::optional<int64_t> restored_checkpoint_id, std::vector<NativeSnapshot> restored) {
             return Place{subtask, parallelism, max_parallelism, restored_checkpoint_id, std::move(restored)};
           }),
           py::kw_only(), py::arg("subtask"), py::arg("parallelism"), py::arg("max_parallelism"),
           py::arg("restored_checkpoint_id"), py::arg("restored"));

  py::class_<OperatorDriver> operators(module, "OperatorDriver");
  operators
      .def(py::init([](const OperatorFactory& factory, std::string name, std::string declared_at,
                       const Place& place, std::vector<std::string> side_outputs,
                       const std::vector<std::optional<std::shared_ptr<KeyExtractorFactory>>>& keys,
                       size_t batch_size, bool batch_mode, int64_t epoch_millis) {
             SubtaskSettings settings = settings_of(std::move(name), std::move(declared_at), place,
                                                    batch_size, batch_mode, epoch_millis);
             settings.side_outputs = std::move(side_outputs);
             std::vector<std::shared_ptr<const KeyExtractorFactory>> extractors;
             for (const auto& key : keys) extractors.push_back(key.value_or(nullptr));
             return std::make_unique<OperatorDriver>(factory, std::move(settings), extractors);
           }),
           py::kw_only(), py::arg("factory"), py::arg("name"), py::arg("declared_at"), py::arg("place"),
           py::arg("side_outputs"), py::arg("keys"), py::arg("batch_size"), py::arg("batch_mode"),
           py::arg("epoch_millis"))
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
      .def_property_readonly("processing_time", &OperatorDriver::processing_time)
      .def(
          "end_input", [](OperatorDriver& driver, int input) { driving([&] { driver.end_input(input); }); },
          py::arg("input"));
  add_driving(operators);

  py::class_<SourceDriver> sources(module, "SourceDriver");
  sources
      .def(py::init([](const SourceFactory& factory, std::string name, std::string declared_at,
                       const Place& place, size_t batch_size, int64_t epoch_millis) {
             return std::make_unique<SourceDriver>(
                 factory, settings_of(std::move(name), std::move(declared_at), place, batch_size, false,
                                      epoch_millis));
           }),
           py::kw_only(), py::arg("factory"), py::arg("name"), py::arg("declared_at"), py::arg("place"),
           py::arg("batch_size"), py::arg("epoch_millis"))
      .def("poll", [](SourceDriver& driver) { return driving([&] { return driver.poll(); }); });
  add_driving(sources);
}

}  // namespace pf::python
