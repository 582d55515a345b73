#pragma once

#include <utility>

#include <pybind11/pybind11.h>

namespace pf::python {

/// Owns a Python object from C++ code that any thread may destroy: takes the GIL to let go.
class GilHolder {
 public:
  GilHolder() = default;
  explicit GilHolder(pybind11::object object) : object_(std::move(object)) {}
  GilHolder(GilHolder&&) noexcept = default;
  GilHolder& operator=(GilHolder&& other) noexcept {
    release();
    object_ = std::move(other.object_);
    return *this;
  }
  GilHolder(const GilHolder&) = delete;
  GilHolder& operator=(const GilHolder&) = delete;
  ~GilHolder() { release(); }

  /// Only with the GIL.
  const pybind11::object& get() const { return object_; }
  explicit operator bool() const { return static_cast<bool>(object_); }

 private:
  void release() {
    if (!object_) return;
    pybind11::gil_scoped_acquire gil;
    object_ = pybind11::object();
  }

  pybind11::object object_;
};

}  // namespace pf::python
