#include "bindings/python_file_system.h"

#include <utility>

#include <pybind11/stl.h>

#include "bindings/gil_holder.h"

namespace py = pybind11;

namespace pf::python {
namespace {

class PythonFileSystem final : public FileSystem {
 private:
  template <typename Ask>
  auto asked(const Ask& ask) const {
    py::gil_scoped_acquire gil;
    try {
      return ask(files_.get());
    } catch (const py::error_already_set& error) {
      if (!error.matches(PyExc_Exception)) throw;  // an interrupt from the keyboard
      throw FileError(std::string(py::str(error.value())));
    }
  }

 public:
  explicit PythonFileSystem(py::object files) : files_(std::move(files)) {}

  void make_folders(const std::string& folder) override {
    asked([&](const py::object& files) { files.attr("make_folders")(folder); });
  }
  void write(const std::string& path, std::string_view bytes) override {
    asked([&](const py::object& files) { files.attr("write")(path, py::bytes(bytes.data(), bytes.size())); });
  }
  std::optional<std::string> read(const std::string& path) const override {
    return asked([&](const py::object& files) -> std::optional<std::string> {
      py::object bytes = files.attr("read")(path);
      if (bytes.is_none()) return std::nullopt;
      return std::string(py::bytes(std::move(bytes)));
    });
  }
  void remove(const std::string& path) override {
    asked([&](const py::object& files) { files.attr("remove")(path); });
  }
  void remove_folder(const std::string& folder) override {
    asked([&](const py::object& files) { files.attr("remove_folder")(folder); });
  }
  std::vector<Found> find(const std::string& folder, size_t levels) const override {
    return asked([&](const py::object& files) {
      std::vector<Found> found;
      for (py::handle each : files.attr("find")(folder, levels)) {
        auto [path, written] = each.cast<std::pair<std::string, int64_t>>();
        found.push_back({std::move(path), written});
      }
      return found;
    });
  }

 private:
  const GilHolder files_;
};

}  // namespace

std::shared_ptr<FileSystem> python_file_system(py::object files) {
  return std::make_shared<PythonFileSystem>(std::move(files));
}

void add_location(py::module_& module) {
  py::class_<Location>(module, "Location", "A file or folder, of this machine unless `files` has it.")
      .def(py::init([](std::string path, const py::object& files) {
             return files.is_none() ? Location(std::filesystem::path(path))
                                    : Location(python_file_system(files), std::move(path));
           }),
           py::arg("path"), py::arg("files") = py::none())
      .def_property_readonly("path", &Location::path);
}

}  // namespace pf::python
