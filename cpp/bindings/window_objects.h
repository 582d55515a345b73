#pragma once

#include <string_view>

#include <pybind11/pybind11.h>

#include "dataflow/window/window.h"

namespace pf::python {

/// Turns windows into the Python objects that stand for them, and back. Lives on the Python lane; what it
/// throws is error_already_set.
class WindowObjects {
 public:
  /// `kind`: "time", "count" or "global" for the windows of `pyflinkpp.datastream.window`; "custom" for those
  /// of the user's, which `read(bytes)` and `write(window)` convert.
  WindowObjects(const std::string& kind, pybind11::object read, pybind11::object write);

  /// Borrowed until the next call: the last object is kept, since many keys have the same window.
  PyObject* object_of(const Window& window);
  Window window_of(PyObject* object) const;
  Window decode(std::string_view bytes);

 private:
  enum class Kind : uint8_t { kTime, kCount, kGlobal, kCustom };

  pybind11::object make(std::string_view bytes) const;
  int64_t number_of(PyObject* object, const char* attribute) const;

  Kind kind_;
  pybind11::object type_;
  pybind11::object read_;
  pybind11::object write_;
  std::string last_bytes_;
  pybind11::object last_;
};

}  // namespace pf::python
