#include <pybind11/stl.h>

#include "bindings/python_event_time.h"
#include "bindings/register.h"
#include "dataflow/time/field_event_time.h"
#include "dataflow/time/timestamps_and_watermarks.h"
#include "dataflow/time/watermarked_source.h"

namespace py = pybind11;

namespace pf::python {
namespace {

template <typename T>
std::shared_ptr<T> mutable_handle(std::shared_ptr<const T> object) {
  return std::const_pointer_cast<T>(std::move(object));  // pybind11 holders know no const
}

}  // namespace

void register_event_time(py::module_& module) {
  register_watermark_output(module);
  py::class_<WatermarkStrategy, std::shared_ptr<WatermarkStrategy>>(module, "WatermarkStrategy");
  module.def(
      "watermark_strategy",
      [](py::object open, std::optional<size_t> field, std::optional<int64_t> bound_millis,
         int64_t idle_timeout_nanos, int64_t interval_millis,
         const std::optional<std::tuple<std::string, int64_t, int64_t>>& alignment) {
        GeneratorSettings generator{bound_millis, idle_timeout_nanos};
        std::optional<WatermarkAlignment> aligned;
        if (alignment)
          std::tie(aligned.emplace().group, aligned->max_drift_millis, aligned->interval_millis) = *alignment;
        if (field) return mutable_handle(make_field_event_time(*field, generator, interval_millis, aligned));
        return mutable_handle(
            open.is_none() ? make_watermark_strategy(generator, interval_millis, aligned)
                           : make_python_strategy(std::move(open), generator, interval_millis, aligned));
      },
      py::kw_only(), py::arg("open"), py::arg("field"), py::arg("bound_millis"),
      py::arg("idle_timeout_nanos"), py::arg("interval_millis"), py::arg("alignment"));
  module.def(
      "ingestion_time",
      [](int64_t interval_millis) { return mutable_handle(make_ingestion_time(interval_millis)); },
      py::arg("interval_millis"));
  module.def(
      "timestamps_and_watermarks",
      [](std::shared_ptr<WatermarkStrategy> strategy) {
        return mutable_handle(make_timestamps_and_watermarks(std::move(strategy)));
      },
      py::arg("strategy"));
  module.def(
      "watermarked_source",
      [](std::shared_ptr<SourceFactory> source, std::shared_ptr<WatermarkStrategy> strategy) {
        return mutable_handle(make_watermarked_source(std::move(source), std::move(strategy)));
      },
      py::arg("source"), py::arg("strategy"));
}

}  // namespace pf::python
