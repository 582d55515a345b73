#pragma once

#include <memory>
#include <optional>
#include <string>

#include <pybind11/pybind11.h>

#include "bindings/object_column.h"
#include "control/time/timer_service.h"
#include "dataflow/operator/operator.h"
#include "state/entry_list.h"

namespace pf::python {

/// What a process function reaches through its contexts: the element or timer in hand, time, and on keyed
/// streams the key, its state and its timers. Shared with the Python objects that the function was given,
/// which may outlive the operator: after `close` they raise RuntimeError. Lives on the Python lane.
class ProcessScope {
 public:
  enum class Domain : uint8_t { kNone, kEventTime, kProcessingTime };

  ProcessScope(const OperatorContext& context, bool keyed);
  /// Over the keyed state and timers of another operator, which must outlive it: reaches one namespace of
  /// them.
  ProcessScope(const OperatorContext& context, KeyedStateBackend& state, TimerService& timers);
  ~ProcessScope() { close(); }

  // For the operator.
  void set_element(std::optional<int64_t> timestamp);
  /// The rows of another batch follow.
  void begin_batch() { ahead_.clear(); }
  /// Borrows the row's key until the next call of this or of `set_timer`. False: a Python error is set.
  bool set_key(const ObjectView& keys, size_t row);
  /// The key is the state's current one.
  void set_key_in_state();
  /// Which namespace is reached, where state is shared; whoever shares it goes back to its own.
  void set_namespace(std::string_view name_space) { namespace_ = name_space; }
  /// There is no key from now on, as on the broadcast side.
  void set_no_key();
  /// After the timer service has made the timer's key the current one.
  void set_timer(int64_t time, Domain domain);
  void advance_watermark(int64_t watermark);
  /// BATCH mode: whether the key before that one has set timers, which are to fire now; see TimerService.
  /// Throws error_already_set.
  bool leaves_timers_to(PyObject* next_key) const;
  void end_time();
  void begin_time();
  /// Its own keyed state; null where it has none.
  std::shared_ptr<UnwrittenState> freeze(const SnapshotContext& context) {
    return own_state_ ? own_state_->freeze(context) : nullptr;
  }
  void close();

  // For Python.
  std::optional<int64_t> timestamp() const { return timestamp_; }
  Domain domain() const { return domain_; }
  int64_t current_watermark() const { return timers_ ? timers_->current_watermark() : watermark_; }
  int64_t current_processing_time() const { return clock_->epoch_millis(); }
  bool keyed() const { return keyed_; }
  /// A new reference; None without a key. Throws error_already_set.
  PyObject* key() const;

  /// Null on streams without keys, and after close.
  KeyedStateBackend* state() {
    enter();
    return state_;
  }
  TimerService* timers() {
    enter();
    return timers_;
  }
  bool has_current_key() const { return has_key_ && state_; }
  /// Why state or timers can't be used now; empty when they can.
  std::string trouble() const;

 private:
  void look_ahead(const ObjectView& keys, size_t row);
  void enter() {
    bool shared = has_key_ && state_ && namespace_;
    if (shared && state_->current_namespace() != *namespace_) state_->set_namespace(*namespace_);
  }

  const Clock* clock_;
  const std::string operator_name_;
  const bool keyed_;
  std::unique_ptr<KeyedStateBackend> own_state_;
  std::unique_ptr<TimerService> own_timers_;
  KeyedStateBackend* state_ = nullptr;
  TimerService* timers_ = nullptr;
  std::optional<std::string> namespace_;  // none: whatever is current
  std::optional<int64_t> timestamp_;
  int64_t watermark_ = kMinTimestamp;
  Domain domain_ = Domain::kNone;
  PyObject* key_ = nullptr;  // borrowed; null: the state's current key has to be decoded
  bool has_key_ = false;

  // What the state knows the keys of some rows to come by.
  EntryList ahead_;
  size_t first_ahead_ = 0;  // row
  std::string key_bytes_;
};

}  // namespace pf::python
