#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataflow/operator/buffer_timeout.h"
#include "dataflow/operator/operator_factory.h"
#include "dataflow/window/merging_window_set.h"
#include "dataflow/window/sliced_windows.h"
#include "dataflow/window/trigger.h"
#include "dataflow/window/window_assigner.h"
#include "dataflow/window/window_contents.h"
#include "state/batch_keys.h"
#include "state/entry_list.h"

namespace pf {

/// What one subtask's window operator is made of.
struct WindowParts {
  std::unique_ptr<WindowAssigner> assigner;
  std::unique_ptr<Trigger> trigger;
  std::unique_ptr<WindowContents> contents;
};

/// What is the same for all subtasks. Immutable.
struct WindowPlan {
  std::function<WindowParts()> make_parts;
  std::shared_ptr<const KeyCodec> keys;
  /// How long after its end a window still takes records, in milliseconds of event time.
  int64_t allowed_lateness = 0;
  /// The side output for records whose windows are over; they are dropped and counted where it is empty.
  std::string late_output;
};

/// Groups the records of each key into windows, and computes a window when its trigger says so: Flink's
/// `WindowOperator`. A window lives from its first record to its cleanup time, which is its last timestamp
/// plus the allowed lateness.
///
/// The records of a batch that go into the same window of a key are added together, provided that none of
/// them can make the window fire (`Trigger::quiet`); others go one by one, in order. Either way each window
/// sees its records in order. Where records take long, timers come between them.
///
/// Where windows share slices, a record is added to its slice, and only the next window of a key has timers:
/// when it fires, the one behind it follows, as long as there are records for it.
///
/// In BATCH mode all records of a key come together, and the windows that they leave fire before those of the
/// next key.
///
/// Lives on the task's thread. What a checkpoint keeps: the state of contents, triggers and merging windows,
/// and the timers.
class WindowOperator final : public Operator {
 public:
  explicit WindowOperator(std::shared_ptr<const WindowPlan> plan);

  void open(OperatorContext& context) override;
  Step process_batch(int input, Batch& batch, Outbox& out) override;
  Step process_watermark(Watermark watermark, Outbox& out) override;
  Step take_turn(Outbox& out) override;
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override;
  void notify_checkpoint_complete(int64_t checkpoint_id) override {
    parts_.contents->notify_checkpoint_complete(checkpoint_id);
  }
  void notify_checkpoint_aborted(int64_t checkpoint_id) override {
    parts_.contents->notify_checkpoint_aborted(checkpoint_id);
  }
  void close() override;
  bool needs_lane() const override { return parts_.contents->needs_lane(); }

 private:
  enum class Domain : uint8_t { kEvent, kProcessing };
  /// What a window of this batch means for the batch's records.
  enum class Reception : uint8_t { kUnknown, kLate, kQuiet, kLoud };
  /// Rows of one key that have the same windows. A key's groups are in the order of their first rows.
  struct Group {
    uint32_t key;
    uint32_t set;
    uint32_t next;  // of the same key; kNone at the end
    std::vector<uint32_t> rows;
  };
  static constexpr uint32_t kNone = UINT32_MAX;
  /// So many rows are added together at most, to look at the time in between.
  static constexpr size_t kMostAtOnce = 64;
  /// Groups whose state is fetched from memory at once.
  static constexpr size_t kGroupsAhead = 16;
  /// A window that is firing, and what is to follow.
  struct Firing {
    Window window;
    bool purge = false;
    bool by_element = false;
    bool cleanup = false;
  };

  void begin_batch(const Batch& batch);
  void begin_part(const Batch& batch);
  /// False when the time is over before the part is.
  bool add_groups(const Batch& batch);
  void prefetch_groups();
  /// What of the part has not been processed is to be begun anew.
  void put_off_part();
  void assign_windows(const Batch& batch);
  Reception reception_of(const std::vector<Window>& windows) const;
  void sort_rows();
  void put_into_group(uint32_t row);
  void add_to_windows(const Batch& batch, const Group& group, std::span<const uint32_t> rows);
  void add_to_slice(const Batch& batch, std::span<const uint32_t> rows, const Window& slice);
  /// Sets the timers of a window that fires by itself.
  void await(const Window& window);
  size_t add_to_merging_windows(const Batch& batch, std::span<const uint32_t> rows);
  void drop_late(const Batch& batch, Outbox& out);
  bool time_is_up();
  /// BATCH mode: fires one of the timers that the key before has left; true when there is none.
  bool end_key_before(std::string_view key);
  /// True when results have waited long enough; they are flushed then.
  bool slice_is_over(Outbox& out);
  /// True when it has fired one.
  bool fire_next_timer(bool of_both_domains);

  // These say false when a window that fires has more results than there is room for: see `firing_`.
  bool process_row(const Batch& batch, uint32_t row);
  bool process_row_of_slice(const Batch& batch, uint32_t row);
  bool on_timer(Domain domain, int64_t time);
  bool answer(TriggerResult result, Firing firing);
  bool resume_firing();

  void conclude(const Firing& firing);
  void clear_all(const Window& window);
  Window add_to_merging(const Window& window);
  const Window& place_of(const Window& window) const;

  int64_t cleanup_time(const Window& window) const;
  bool is_late(const Window& window) const;
  void register_cleanup(const Window& window);
  void delete_cleanup(const Window& window);

  std::shared_ptr<const WindowPlan> plan_;
  WindowParts parts_;
  std::unique_ptr<KeyedStateBackend> state_;
  std::optional<TimerService> timers_;
  std::optional<WindowServices> services_;
  std::optional<MergingWindowSet> merging_;
  std::optional<SlicedWindows> sliced_;
  int late_slot_ = 0;  // 0: none

  std::optional<BufferTimeout> slice_;
  size_t at_once_ = 1;

  // BATCH mode.
  std::string key_;  // the last
  bool key_is_over_ = false;

  // Of the current batch.
  bool started_ = false;
  bool in_part_ = false;
  bool put_off_ = false;
  std::vector<uint32_t> rest_;  // rows, in order; ...
  size_t next_of_rest_ = 0;     // ... from here on, those whose part has not begun
  std::vector<uint32_t> part_;
  BatchKeys keys_;
  WindowSets sets_;
  bool shared_ = false;  // a record may have several windows
  std::vector<uint32_t> set_of_row_;
  std::vector<Group> groups_;
  size_t groups_used_ = 0;
  EntryList ahead_;                     // of some groups to come
  std::vector<uint32_t> group_of_key_;  // the last of each
  std::vector<Reception> receptions_;   // of each set
  std::vector<uint32_t> one_by_one_;
  std::vector<uint32_t> late_;
  // Where the part stands: in groups_, then in one_by_one_, and among the row's windows.
  size_t next_group_ = 0;
  size_t next_of_group_ = 0;
  size_t next_row_ = 0;
  size_t next_window_ = 0;
  bool taken_ = false;  // by one of its windows so far
  std::optional<Firing> firing_;
};

std::shared_ptr<const OperatorFactory> make_window_operator(WindowPlan plan);

}  // namespace pf
