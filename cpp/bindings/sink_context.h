#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <pybind11/pybind11.h>

#include "dataflow/operator/operator.h"

namespace pf::python {

/// What a sink may ask about time: of the element in hand, and its operator's. Shared with the Python objects
/// that the sink was given, which may outlive the operator. Lives on the Python lane.
class SinkContext {
 public:
  /// The clock must outlive it.
  explicit SinkContext(const OperatorContext& context)
      : clock_(context.clock), request_turn_at_(context.request_turn_at) {}

  // For the operator.
  void set_timestamp(std::optional<int64_t> timestamp) { timestamp_ = timestamp; }
  void advance_watermark(int64_t watermark) { watermark_ = watermark; }
  /// Whether the time that was asked for last has come; once.
  bool take_call() {
    if (!call_at_ || clock_->epoch_millis() < *call_at_) return false;
    call_at_.reset();
    return true;
  }
  void close() { request_turn_at_ = nullptr; }

  // For Python.
  int64_t current_processing_time() const { return clock_->epoch_millis(); }
  int64_t current_watermark() const { return watermark_; }
  std::optional<int64_t> timestamp() const { return timestamp_; }
  void call_at(int64_t epoch_millis) {
    call_at_ = epoch_millis;
    if (request_turn_at_) request_turn_at_(epoch_millis);
  }

 private:
  const Clock* clock_;
  std::function<void(int64_t)> request_turn_at_;
  std::optional<int64_t> timestamp_;
  std::optional<int64_t> call_at_;
  int64_t watermark_ = kMinTimestamp;
};

/// Adds the type to the module.
void add_sink_context(pybind11::module_& module);

}  // namespace pf::python
