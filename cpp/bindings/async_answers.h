#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include <pybind11/pybind11.h>

#include "dataflow/async/async_queue.h"

namespace pf::python {

/// What came of one attempt of an asynchronous call.
struct AsyncAnswer {
  enum class Kind : uint8_t {
    kResult,   // value: a list of records
    kFailure,  // value: an exception
    kRetry,    // value: milliseconds until the next attempt
  };
  CallId call;
  Kind kind;
  pybind11::object value;
};

/// Answers on their way from the thread of the event loop to the operator. All methods need the GIL; the
/// operator's side are those of its task's thread.
class AsyncAnswers {
 public:
  /// `request_turn` is called for what is put until `disconnect`.
  explicit AsyncAnswers(std::function<void()> request_turn) : request_turn_(std::move(request_turn)) {}

  /// From any thread.
  void put(std::vector<AsyncAnswer> answers);
  /// The operator's side: what has come since.
  std::vector<AsyncAnswer> take();
  /// The operator's side: it closes, and what still comes is dropped.
  void disconnect();

 private:
  std::mutex mutex_;
  std::function<void()> request_turn_;
  std::vector<AsyncAnswer> answers_;
};

}  // namespace pf::python
