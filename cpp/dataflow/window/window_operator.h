#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataflow/operator/operator_factory.h"
#include "dataflow/window/merging_window_set.h"
#include "dataflow/window/trigger.h"
#include "dataflow/window/window_assigner.h"
#include "dataflow/window/window_contents.h"
#include "state/batch_keys.h"

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
/// sees its records in order.
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
  OperatorSnapshot snapshot_state(const SnapshotContext&) override { return {state_->snapshot()}; }
  void close() override;
  bool needs_lane() const override { return parts_.contents->needs_lane(); }

 private:
  enum class Domain : uint8_t { kEvent, kProcessing };
  /// What a window of this batch means for the batch's records.
  enum class Reception : uint8_t { kLate, kQuiet, kLoud };
  /// Rows of one key that have the same windows. A key's groups are in the order of their first rows.
  struct Group {
    uint32_t key;
    uint32_t set;
    uint32_t next;  // of the same key; kNone at the end
    std::vector<uint32_t> rows;
  };
  static constexpr uint32_t kNone = UINT32_MAX;
  /// A window that is firing, and what is to follow.
  struct Firing {
    Window window;
    bool purge = false;
    bool by_element = false;
    bool cleanup = false;
  };

  void begin_batch(const Batch& batch, Outbox& out);
  void assign_windows(const Batch& batch);
  Reception reception_of(const std::vector<Window>& windows) const;
  void sort_rows(const Batch& batch);
  void put_into_group(uint32_t row);
  void add_group(const Batch& batch, const Group& group);
  void add_merging_group(const Batch& batch, const Group& group);
  void drop_late(const Batch& batch, Outbox& out);

  // These say false when a window that fires has more results than there is room for: see `firing_`.
  bool process_row(const Batch& batch, uint32_t row);
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
  int late_slot_ = 0;  // 0: none

  // Of the current batch.
  bool started_ = false;
  BatchKeys keys_;
  WindowSets sets_;
  bool shared_ = false;  // a record may have several windows
  std::vector<uint32_t> set_of_row_;
  std::vector<Group> groups_;
  size_t groups_used_ = 0;
  std::vector<uint32_t> group_of_key_;  // the last of each
  std::vector<Reception> receptions_;   // of each set
  std::vector<uint32_t> one_by_one_;
  std::vector<uint32_t> late_;
  // Where it stands: in one_by_one_, and among the row's windows.
  size_t next_row_ = 0;
  size_t next_window_ = 0;
  bool taken_ = false;  // by one of its windows so far
  std::optional<Firing> firing_;
};

std::shared_ptr<const OperatorFactory> make_window_operator(WindowPlan plan);

}  // namespace pf
