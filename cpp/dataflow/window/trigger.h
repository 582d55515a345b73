#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dataflow/window/window_services.h"

namespace pf {

/// What is to happen to a window: whether its function is called, and whether its contents are dropped.
struct TriggerResult {
  bool fire = false;
  bool purge = false;
};

/// Decides when windows fire. One for each subtask, on the task's thread. Whenever a method is called, the
/// window is the namespace of the current state and of timers; what a trigger remembers of a window lies
/// there, so a checkpoint keeps it.
class Trigger {
 public:
  virtual ~Trigger() = default;
  virtual void open(WindowServices& services) { services_ = &services; }
  virtual void close() {}

  /// Called before the rows of a batch.
  virtual void begin_batch(const Batch& /*batch*/) {}
  /// Called for each record that is added to the window.
  virtual TriggerResult on_element(const Batch& batch, size_t row, int64_t timestamp,
                                   const Window& window) = 0;
  /// Called when a timer of the window has come due, one of the trigger's or the operator's own.
  virtual TriggerResult on_event_time(int64_t time, const Window& window) = 0;
  virtual TriggerResult on_processing_time(int64_t time, const Window& window) = 0;

  /// True when, as the watermark stands, no record makes the window fire, and a second record of a batch
  /// changes nothing that the first has not. It then holds for every larger window that covers this one.
  /// Such windows take their records of a batch together.
  virtual bool quiet(const Window& /*window*/) const { return false; }

  /// Whether records that follow each other into one merging window may be shown together, with the window
  /// that they make, rather than each with the window as it is then.
  virtual bool takes_covering_windows() const { return true; }

  virtual bool can_merge() const { return false; }
  /// Called after windows have become this one, and before each of them is cleared.
  virtual void on_merge(const Window& window, const std::vector<Window>& merged) = 0;
  /// Called when the window is dropped: deletes timers and state.
  virtual void clear(const Window& window) = 0;

 protected:
  WindowServices* services_ = nullptr;
};

using TriggerMaker = std::function<std::unique_ptr<Trigger>()>;

/// Fires when the watermark reaches the window's end, and for each record behind it.
TriggerMaker make_event_time_trigger();
/// Fires when the clock has passed the window's end.
TriggerMaker make_processing_time_trigger();
/// Fires at every `count`-th record of a window.
TriggerMaker make_count_trigger(int64_t count);
/// Fires whenever the watermark passes a multiple of `interval` milliseconds, and at the window's end.
TriggerMaker make_continuous_event_time_trigger(int64_t interval);
/// Fires whenever the clock passes a multiple of `interval` milliseconds.
TriggerMaker make_continuous_processing_time_trigger(int64_t interval);
/// Also purges whenever the other trigger fires.
TriggerMaker make_purging_trigger(TriggerMaker nested);
/// Never fires.
TriggerMaker make_never_trigger();

}  // namespace pf
