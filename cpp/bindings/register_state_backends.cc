#include <pybind11/stl.h>

#include "bindings/register.h"
#include "state/rocksdb/rocksdb_state_backend.h"

namespace py = pybind11;

namespace pf::python {

void register_state_backends(py::module_& module) {
  py::class_<StateBackend, std::shared_ptr<StateBackend>>(module, "StateBackend");
  module.def(
      "rocksdb_state_backend",
      [](std::vector<std::string> directories, size_t memory_bytes, bool memory_is_shared,
         double write_buffer_ratio, double high_priority_ratio, bool partitioned_index_filters,
         int background_threads, bool large_files, bool incremental) {
        RocksDbOptions options;
        options.directories = std::move(directories);
        options.memory_bytes = memory_bytes;
        options.memory_is_shared = memory_is_shared;
        options.write_buffer_ratio = write_buffer_ratio;
        options.high_priority_ratio = high_priority_ratio;
        options.partitioned_index_filters = partitioned_index_filters;
        options.background_threads = background_threads;
        options.large_files = large_files;
        options.incremental = incremental;
        return std::const_pointer_cast<StateBackend>(make_rocksdb_state_backend(std::move(options)));
      },
      py::kw_only(), py::arg("directories"), py::arg("memory_bytes"), py::arg("memory_is_shared"),
      py::arg("write_buffer_ratio"), py::arg("high_priority_ratio"), py::arg("partitioned_index_filters"),
      py::arg("background_threads"), py::arg("large_files"), py::arg("incremental"));
}

}  // namespace pf::python
