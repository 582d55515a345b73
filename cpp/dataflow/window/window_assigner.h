#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "dataflow/window/window_services.h"
#include "dataflow/window/window_slices.h"

namespace pf {

/// The windows that rows of a batch belong to: one set for all rows that share the same windows.
class WindowSets {
 public:
  void clear() { sets_.clear(); }
  size_t size() const { return sets_.size(); }
  uint32_t add(std::vector<Window> windows) {
    sets_.push_back(std::move(windows));
    return static_cast<uint32_t>(sets_.size() - 1);
  }
  const std::vector<Window>& operator[](uint32_t set) const { return sets_[set]; }

 private:
  std::vector<std::vector<Window>> sets_;
};

/// Thrown by an assigner that needs a timestamp; the operator adds who and which record.
class MissingTimestamp : public std::exception {};

/// Gives each record its windows. One for each subtask, on the task's thread.
class WindowAssigner {
 public:
  virtual ~WindowAssigner() = default;
  virtual void open(WindowServices& /*services*/) {}
  virtual void close() {}
  /// Whether windows end by the watermark; otherwise by the clock.
  virtual bool is_event_time() const = 0;
  /// Whether `assign` uses keyed state: it is then called with the record's key as the current one.
  virtual bool uses_state() const { return false; }
  /// The window that has these bytes.
  virtual Window decode(std::string_view bytes) const = 0;

  /// Called before the rows of a batch are assigned, with the time of the clock in milliseconds.
  virtual void begin_batch(const Batch& /*batch*/, int64_t /*now*/) {}
  /// Called once for each row, in order. Gives the number of the row's windows among `sets`, and adds them
  /// where they are not there yet. `timestamp` is kMinTimestamp for a record without one.
  virtual uint32_t assign(const Batch& batch, size_t row, int64_t timestamp, WindowSets& sets) = 0;

  /// How windows are cut where they share slices: `assign` then gives each record its slice in place of its
  /// windows. Null where each window has contents of its own.
  virtual const WindowSlices* slices() const { return nullptr; }

  /// Whether windows may merge, by `merge` and `cover`.
  virtual bool merging() const { return false; }
  struct Merge {
    Window result;
    std::vector<Window> merged;
  };
  /// The groups among the windows of one key that have to become one.
  virtual std::vector<Merge> merge(const std::vector<Window>& /*windows*/) const { return {}; }
  /// Whether windows merge two by two, as `cover` says; `merge` then says the same.
  virtual bool has_cover() const { return false; }
  /// What two windows merge into, if they do.
  virtual std::optional<Window> cover(const Window& /*left*/, const Window& /*right*/) const { return {}; }
};

using WindowAssignerMaker = std::function<std::unique_ptr<WindowAssigner>()>;

/// Windows of `size` milliseconds that begin every `slide`, the first at `offset`; tumbling where both are
/// equal. Records between windows have none.
WindowAssignerMaker make_time_windows(int64_t size, int64_t slide, int64_t offset, bool event_time);
/// The same, larger than `slide`, in slices.
WindowAssignerMaker make_sliced_time_windows(int64_t size, int64_t slide, int64_t offset, bool event_time);
/// Windows that end after `gap` milliseconds without a record, and merge when they meet.
WindowAssignerMaker make_session_windows(int64_t gap, bool event_time);
/// One window for everything.
WindowAssignerMaker make_global_windows();
/// As PyFlink's: a window of `size` records begins at every `slide`-th record of a key.
WindowAssignerMaker make_count_windows(int64_t size, int64_t slide);

/// Sessions of time windows merge where they overlap or touch.
std::vector<WindowAssigner::Merge> merge_time_windows(const std::vector<Window>& windows);
std::optional<Window> cover_time_windows(const Window& left, const Window& right);

}  // namespace pf
