#pragma once

#include <memory>
#include <span>
#include <string>

#include "bindings/python_contents.h"

namespace pf::python {

/// A user's function that folds the elements of windows into one value: a reduce or an aggregate function.
/// Opened with the session that has it. Lives on the Python lane.
class PythonFold {
 public:
  virtual ~PythonFold() = default;
  virtual void open(const WindowSession& session) = 0;
  virtual void close() = 0;

  /// The value with an element added; there is none before the first.
  virtual pybind11::object add(pybind11::object value, PyObject* element) = 0;
  virtual pybind11::object merge(const pybind11::object& left, const pybind11::object& right) = 0;
  virtual pybind11::object result_of(pybind11::object value) = 0;
};

std::unique_ptr<PythonFold> make_reduce_fold();
std::unique_ptr<PythonFold> make_aggregate_fold();

/// What contents share that are one value: all calls of the function, after which the window's state is the
/// current one as it was before.
class FoldedContents : public PythonContents {
 public:
  FoldedContents(std::shared_ptr<WindowSession> session, std::unique_ptr<PythonFold> fold)
      : PythonContents(std::move(session)), fold_(std::move(fold)) {}

  void open(WindowServices& services) override;
  void close() override;

 protected:
  /// A value, null where there is none, with rows of the batch added, as the declared type has it.
  pybind11::object with(pybind11::object value, std::span<const uint32_t> rows);
  pybind11::object merged(const pybind11::object& left, const pybind11::object& right);
  pybind11::object result_of(pybind11::object value);
  /// What a window that fires has given; None is no record, as in Flink.
  bool show(const Window& window, pybind11::object result);

 private:
  pybind11::object fitting(pybind11::object value) const;

  std::unique_ptr<PythonFold> fold_;
};

}  // namespace pf::python
