#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bindings/python_function.h"
#include "dataflow/operator/buffer_timeout.h"
#include "dataflow/operator/operator.h"

namespace pf::python {

/// Gathers what calls of a user's function give, and makes batches of it: an iterable's items go to the main
/// output, `(OutputTag, value)` among them to a side output, each coerced to the output's declared type.
/// Operators of the same chain are handed the objects themselves. One that the user's code still refers to
/// makes the collector full, so that it is read before that code runs again, as it would be record by record;
/// where no operator of the chain reads it, a copy is taken instead. Owned by the operator that calls the
/// function; needs the GIL, also to be destroyed.
class ResultCollector {
 public:
  enum class Taken : uint8_t {
    kAll,
    kSome,    // enough for a batch, or the slice is over: flush, then `take_more`
    kFailed,  // a Python error is set
  };

  ResultCollector(const PythonFunction& function, const OperatorContext& context);
  ~ResultCollector() { drop(); }

  /// Gathers no longer than that from one iterable; null, the default: until there is enough for a batch.
  /// Must outlive the collector.
  void limit_to(const BufferTimeout* slice) { slice_ = slice; }
  /// Event time of the results that follow; none: Long.MIN.
  void set_timestamp(std::optional<int64_t> timestamp) { timestamp_ = timestamp; }
  /// Takes over the reference: a list, any other iterable, or None for nothing.
  Taken take(PyObject* results);
  /// Goes on with the iterable that the last `take` did not come to the end of.
  Taken take_more();
  bool has_more() const { return static_cast<bool>(iterator_); }
  /// One record for the main output; takes over the reference. False: a Python error is set.
  /// `input` is let go of as soon as the record is known to be right: the record may be the same object.
  bool add(PyObject* record, pybind11::object* input = nullptr) { return add_to(outputs_[0], record, input); }

  bool empty() const { return outputs_[0].objects.empty(); }
  /// Whether some output has enough for a batch, or what was added last must be read before user code runs.
  bool full() const { return full_; }
  /// Emits what has been gathered.
  void flush(Outbox& out);
  void drop();

 private:
  struct Output {
    std::string tag;                         // of a side output
    std::shared_ptr<const Coercer> coercer;  // null: any value is right
    std::vector<PyObject*> objects;
    std::vector<int64_t> timestamps;  // empty when none has one
  };

  bool add_item(PyObject* item);
  bool add_to(Output& output, PyObject* record, pybind11::object* input = nullptr);
  /// For a record that can change. False: a Python error is set.
  bool protect(PyObject*& record, pybind11::object* input);

  std::vector<Output> outputs_;  // the main one first
  size_t batch_size_;
  bool has_chained_reader_;
  bool full_ = false;
  /// The record added last is still known to the user's code, which may change it when it runs next.
  bool is_known_to_user_ = false;
  const BufferTimeout* slice_ = nullptr;
  std::optional<int64_t> timestamp_;
  pybind11::object iterator_;
};

}  // namespace pf::python
