#pragma once

#include <span>
#include <string>
#include <vector>

#include "dataflow/window/window_services.h"

namespace pf {

/// What windows remember of their records, and what they make of them when they fire: a list of them, or one
/// value that they are folded into. One for each subtask, on the task's thread. Whenever a method is called,
/// the current key and namespace are those under which the window's contents lie; a method leaves them so.
class WindowContents {
 public:
  virtual ~WindowContents() = default;
  virtual void open(WindowServices& services) { services_ = &services; }
  virtual void close() {}
  virtual bool needs_lane() const { return false; }

  /// Called before the rows of a batch are added.
  virtual void begin_batch(const Batch& /*batch*/) {}
  virtual void end_batch() {}
  /// Adds rows of the batch, in this order. False when there were contents before, for certain.
  virtual bool add(const Batch& batch, std::span<const uint32_t> rows) = 0;
  /// Moves the contents of other windows into those of this one; theirs are gone afterwards.
  virtual void merge(const Window& into, const std::vector<Window>& others) = 0;
  /// Drops the contents.
  virtual void clear() = 0;
  /// Where windows share slices: records are added to slices, which then are the current namespace; `fire`
  /// and `clear` are for windows, and `clear` drops the slices whose last window it is. Whether a window,
  /// not the current one, has contents.
  virtual bool has_contents(const Window& /*window*/) { return false; }

  /// Computes the window's results, if it has contents. False when they are too many to be kept:
  /// `resume_fire` is then called, once what there is has been flushed, until it says true.
  virtual bool fire(const Window& window) = 0;
  virtual bool resume_fire() { return true; }
  /// Called when a window is over, after `clear`: whatever else is kept for it goes.
  virtual void dispose(const Window& /*window*/) {}
  /// True when as many results wait as one batch should have.
  virtual bool full() const = 0;
  /// Emits the results that wait. Each has the last timestamp of its window.
  virtual void flush(Outbox& out) = 0;

  /// As those of Operator, for what contents keep beside keyed state. No window is the current one.
  virtual OperatorSnapshot snapshot_state(const SnapshotContext& /*context*/) { return {}; }
  virtual void notify_checkpoint_complete(int64_t /*checkpoint_id*/) {}
  virtual void notify_checkpoint_aborted(int64_t /*checkpoint_id*/) {}

  /// Throws an error that names the operator, and the record where that can be told.
  [[noreturn]] virtual void refuse_record(const Batch& batch, size_t row, const std::string& problem) const;

 protected:
  WindowServices* services_ = nullptr;
};

}  // namespace pf
