#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/typing.h>

#include "bindings/coercer.h"
#include "dataflow/operator/operator.h"

namespace pf::python {

/// State of a subtask that Python functions reach: lists, unions and broadcast maps. Shared with the Python
/// objects that were given it, which may outlive the operator: after `close` they raise RuntimeError. Lives
/// on the Python lane, and always in memory.
class OperatorStateStore {
 public:
  /// The context must outlive it, or `close`.
  explicit OperatorStateStore(const OperatorContext& context);

  /// Both throw std::runtime_error after `close`.
  OperatorStateBackend& lists();
  /// A backend with one, empty key.
  KeyedStateBackend& broadcast();
  /// Of lists and of broadcast maps: those declared, and those that a snapshot had.
  std::set<std::string>& list_names() { return list_names_; }
  std::set<std::string>& broadcast_names() { return broadcast_names_; }

  /// Adds what the store holds.
  void snapshot(OperatorSnapshot& snapshot) const;
  void close();

 private:
  void check_open() const;

  const OperatorContext* context_;  // null after close
  std::unique_ptr<OperatorStateBackend> lists_;
  std::unique_ptr<KeyedStateBackend> broadcast_;  // null as long as nobody has any
  std::set<std::string> list_names_;
  std::set<std::string> broadcast_names_;
};

/// A declared list of a store, as Python sees it.
class PyOperatorListState {
 public:
  /// `type` is a descriptor. Throws Error where the name has been declared, or restored, otherwise.
  PyOperatorListState(std::shared_ptr<OperatorStateStore> store, const std::string& name,
                      pybind11::handle type, Redistribution redistribution);

  pybind11::typing::List<pybind11::object> get() const;
  void add(pybind11::handle value) const;
  void add_all(const pybind11::typing::Iterable<pybind11::object>& values) const;
  void update(const pybind11::typing::Iterable<pybind11::object>& values) const;
  void clear() const;

 private:
  OperatorListState& state() const;
  /// New references, if the values have the state's type.
  std::vector<Datum> checked(const pybind11::iterable& values) const;

  const std::shared_ptr<OperatorStateStore> store_;
  OperatorListState* state_;  // the store's
  const std::shared_ptr<const Coercer> type_;
};

}  // namespace pf::python
