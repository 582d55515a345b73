#include "dataflow/window/window_operator.h"

#include <algorithm>

#include "base/error.h"
#include "dataflow/operator/operator_failure.h"

namespace pf {
namespace {

int64_t timestamp_of(const Batch& batch, size_t row) {
  return batch.timestamps ? (*batch.timestamps)[row] : kMinTimestamp;
}

}  // namespace

WindowOperator::WindowOperator(std::shared_ptr<const WindowPlan> plan)
    : plan_(std::move(plan)), parts_(plan_->make_parts()) {}

void WindowOperator::open(OperatorContext& context) {
  Operator::open(context);
  state_ = context.create_keyed_state(plan_->keys);
  timers_.emplace(*state_, *context.clock, context.request_turn_at);
  services_.emplace(WindowServices{context, *state_, *timers_});
  parts_.contents->open(*services_);
  parts_.assigner->open(*services_);
  parts_.trigger->open(*services_);
  if (parts_.assigner->merging()) merging_.emplace(*services_, *parts_.assigner);
  auto late = std::find(context.side_outputs.begin(), context.side_outputs.end(), plan_->late_output);
  if (!plan_->late_output.empty() && late != context.side_outputs.end()) {
    late_slot_ = static_cast<int>(late - context.side_outputs.begin()) + 1;
  }
}

void WindowOperator::close() {
  parts_.contents->close();
  parts_.trigger->close();
  parts_.assigner->close();
  merging_.reset();
  services_.reset();
  timers_.reset();
  state_.reset();
}

Step WindowOperator::process_batch(int, Batch& batch, Outbox& out) {
  if (!started_) begin_batch(batch, out);
  while (resume_firing() && !parts_.contents->full()) {
    if (next_row_ == one_by_one_.size()) {
      drop_late(batch, out);
      parts_.contents->end_batch();
      parts_.contents->flush(out);
      started_ = false;
      return Step::kDone;
    }
    if (process_row(batch, one_by_one_[next_row_])) ++next_row_;
  }
  parts_.contents->flush(out);
  return Step::kAgain;
}

Step WindowOperator::process_watermark(Watermark watermark, Outbox& out) {
  // The end of all keys in BATCH mode, at which timers of both domains fire.
  const bool time_is_over = context_->batch_mode && watermark.timestamp == kMaxTimestamp;
  time_is_over ? timers_->end_time() : timers_->advance_watermark(watermark.timestamp);
  while (resume_firing() && !parts_.contents->full()) {
    auto domain = Domain::kEvent;
    auto time = timers_->next_event_timer();
    if (!time && time_is_over) {
      domain = Domain::kProcessing;
      time = timers_->next_processing_timer();
    }
    if (!time) {
      parts_.contents->flush(out);
      out.emit_to_all(watermark);
      return Step::kDone;
    }
    on_timer(domain, *time);
  }
  parts_.contents->flush(out);
  return Step::kAgain;
}

Step WindowOperator::take_turn(Outbox& out) {
  if (context_->batch_mode) return Step::kDone;
  while (resume_firing() && !parts_.contents->full()) {
    auto time = timers_->next_processing_timer();
    if (!time) {
      parts_.contents->flush(out);
      return Step::kDone;
    }
    on_timer(Domain::kProcessing, *time);
  }
  parts_.contents->flush(out);
  return Step::kAgain;
}

// -- the rows of a batch

void WindowOperator::begin_batch(const Batch& batch, Outbox& out) {
  PF_CHECK(batch.keys != nullptr);
  started_ = true;
  next_row_ = 0;
  next_window_ = 0;
  groups_used_ = 0;
  one_by_one_.clear();
  late_.clear();
  sets_.clear();
  keys_.encode(*batch.keys, *plan_->keys);
  group_of_key_.assign(keys_.size(), kNone);
  parts_.contents->begin_batch(batch);
  parts_.assigner->begin_batch(batch, timers_->current_processing_time());
  parts_.trigger->begin_batch(batch);
  assign_windows(batch);
  sort_rows(batch);
  for (size_t group = 0; group < groups_used_; ++group) {
    merging_ ? add_merging_group(batch, groups_[group]) : add_group(batch, groups_[group]);
  }
  drop_late(batch, out);
}

void WindowOperator::assign_windows(const Batch& batch) {
  bool uses_state = parts_.assigner->uses_state();
  set_of_row_.resize(batch.size());
  for (size_t row = 0; row < batch.size(); ++row) {
    if (uses_state) state_->set_current(keys_.bytes(keys_.of_row(row)));
    try {
      set_of_row_[row] = parts_.assigner->assign(batch, row, timestamp_of(batch, row), sets_);
    } catch (const MissingTimestamp&) {
      parts_.contents->refuse_record(
          batch, row,
          "Record has Long.MIN_VALUE timestamp (= no timestamp marker), which event-time windows need. Did "
          "you forget to call assign_timestamps_and_watermarks, or are processing-time windows meant?");
    }
  }
}

WindowOperator::Reception WindowOperator::reception_of(const std::vector<Window>& windows) const {
  auto reception = Reception::kLate;
  for (const Window& window : windows) {
    if (is_late(window)) {
      if (merging_) return Reception::kLoud;  // another window may take it in
      continue;
    }
    if (!parts_.trigger->quiet(window)) return Reception::kLoud;
    reception = Reception::kQuiet;
  }
  return reception;
}

/// Decides how each row is treated.
void WindowOperator::sort_rows(const Batch& batch) {
  receptions_.clear();
  bool any_loud = false;
  shared_ = merging_.has_value();
  for (uint32_t set = 0; set < sets_.size(); ++set) {
    receptions_.push_back(reception_of(sets_[set]));
    any_loud |= receptions_.back() == Reception::kLoud;
    shared_ |= sets_[set].size() > 1;
  }
  // Rows that meet in a window are treated alike, so that it sees them in order.
  bool all_one_by_one = any_loud && shared_;
  for (uint32_t row = 0; row < batch.size(); ++row) {
    Reception reception = receptions_[set_of_row_[row]];
    if (reception == Reception::kLate) {
      late_.push_back(row);
    } else if (reception == Reception::kLoud || all_one_by_one) {
      one_by_one_.push_back(row);
    } else {
      put_into_group(row);
    }
  }
}

void WindowOperator::put_into_group(uint32_t row) {
  uint32_t key = keys_.of_row(row);
  uint32_t set = merging_ ? 0 : set_of_row_[row];
  uint32_t group = group_of_key_[key];
  // Where sets share windows, only rows that follow each other go together.
  while (group != kNone && groups_[group].set != set) group = shared_ ? kNone : groups_[group].next;
  if (group == kNone) {
    group = static_cast<uint32_t>(groups_used_++);
    if (groups_.size() < groups_used_) groups_.emplace_back();
    groups_[group].key = key;
    groups_[group].set = set;
    groups_[group].next = group_of_key_[key];
    groups_[group].rows.clear();
    group_of_key_[key] = group;
  }
  groups_[group].rows.push_back(row);
}

void WindowOperator::add_group(const Batch& batch, const Group& group) {
  for (const Window& window : sets_[group.set]) {
    if (is_late(window)) continue;
    state_->set_current(keys_.bytes(group.key), window.bytes);
    // What has contents already has its timers, too.
    if (!parts_.contents->add(batch, group.rows)) continue;
    size_t first = group.rows.front();
    parts_.trigger->on_element(batch, first, timestamp_of(batch, first), window);
    register_cleanup(window);
  }
}

/// Rows that follow each other into one window are added together. All of the set's windows are quiet.
void WindowOperator::add_merging_group(const Batch& batch, const Group& group) {
  state_->set_current(keys_.bytes(group.key));
  merging_->load();
  const auto& rows = group.rows;
  for (size_t first = 0; first < rows.size();) {
    const std::vector<Window>& windows = sets_[set_of_row_[rows[first]]];
    size_t end = first + 1;
    bool may_grow = windows.size() == 1 && parts_.assigner->has_cover();
    std::optional<Window> covering = may_grow ? std::optional(windows[0]) : std::nullopt;
    while (covering && end < rows.size() && parts_.trigger->takes_covering_windows()) {
      const std::vector<Window>& more = sets_[set_of_row_[rows[end]]];
      auto larger = more.size() == 1 ? parts_.assigner->cover(*covering, more[0]) : std::nullopt;
      // Joining windows that are open is left to the row that does it: contents are in the same order then.
      if (!larger || merging_->joins_open_windows(*larger)) break;
      covering = std::move(larger);
      ++end;
    }
    for (const Window& window : covering ? std::vector<Window>{*covering} : windows) {
      Window part_of = add_to_merging(window);
      services_->enter(place_of(part_of));
      parts_.contents->add(batch, std::span(rows).subspan(first, end - first));
      services_->enter(part_of);
      // A window that has merged has got its trigger's timers in `on_merge`.
      if (part_of == window) {
        parts_.trigger->on_element(batch, rows[first], timestamp_of(batch, rows[first]), part_of);
      }
      register_cleanup(part_of);
    }
    first = end;
  }
  merging_->store();
}

bool WindowOperator::process_row(const Batch& batch, uint32_t row) {
  const std::vector<Window>& windows = sets_[set_of_row_[row]];
  std::string_view key = keys_.bytes(keys_.of_row(row));
  if (next_window_ == 0) {
    state_->set_current(key);
    if (merging_) merging_->load();
    taken_ = false;
  }
  while (next_window_ < windows.size()) {
    Window window = merging_ ? add_to_merging(windows[next_window_]) : windows[next_window_];
    ++next_window_;
    if (is_late(window)) {
      if (merging_) merging_->retire(window);
      continue;
    }
    taken_ = true;
    services_->enter(place_of(window));
    parts_.contents->add(batch, {&row, 1});
    services_->enter(window);
    TriggerResult result = parts_.trigger->on_element(batch, row, timestamp_of(batch, row), window);
    if (!answer(result, {.window = std::move(window), .by_element = true})) return false;
  }
  if (merging_) {
    merging_->store();
    if (!taken_) late_.push_back(row);
  }
  next_window_ = 0;
  return true;
}

/// Rows none of whose windows took them. Without being late themselves they have no window to belong to.
void WindowOperator::drop_late(const Batch& batch, Outbox& out) {
  std::erase_if(late_, [&](uint32_t row) {
    if (!parts_.assigner->is_event_time()) return true;
    int64_t over = saturating_add(timestamp_of(batch, row), plan_->allowed_lateness);
    return over > timers_->current_watermark();
  });
  if (late_.empty()) return;
  if (late_slot_ > 0) {
    Batch late = batch.select(late_);
    late.keys = nullptr;
    out.emit(std::move(late), late_slot_);
  } else {
    context_->metrics->late_records_dropped.add(static_cast<int64_t>(late_.size()));
  }
  late_.clear();
}

// -- timers and firing

bool WindowOperator::on_timer(Domain domain, int64_t time) {
  Window window = parts_.assigner->decode(state_->current_namespace());
  if (merging_) {
    merging_->load();
    if (!merging_->state_window(window)) return true;  // it has become part of another
  }
  bool event = domain == Domain::kEvent;
  services_->enter(window);
  TriggerResult result =
      event ? parts_.trigger->on_event_time(time, window) : parts_.trigger->on_processing_time(time, window);
  bool over = event == parts_.assigner->is_event_time() && time == cleanup_time(window);
  return answer(result, {.window = std::move(window), .cleanup = over});
}

bool WindowOperator::answer(TriggerResult result, Firing firing) {
  firing.purge = result.purge;
  if (result.fire) {
    services_->enter(place_of(firing.window));
    if (!parts_.contents->fire(firing.window)) {
      firing_ = std::move(firing);
      return false;
    }
  }
  conclude(firing);
  return true;
}

bool WindowOperator::resume_firing() {
  if (!firing_) return true;
  if (!parts_.contents->resume_fire()) return false;
  conclude(*firing_);
  firing_.reset();
  return true;
}

void WindowOperator::conclude(const Firing& firing) {
  if (firing.purge) {
    services_->enter(place_of(firing.window));
    parts_.contents->clear();
  }
  if (firing.by_element) {
    services_->enter(firing.window);
    register_cleanup(firing.window);
  } else if (firing.cleanup) {
    clear_all(firing.window);
  }
}

void WindowOperator::clear_all(const Window& window) {
  services_->enter(place_of(window));
  parts_.contents->clear();
  services_->enter(window);
  parts_.trigger->clear(window);
  parts_.contents->dispose(window);
  if (!merging_) return;
  merging_->retire(window);
  merging_->store();
}

// -- merging

const Window& WindowOperator::place_of(const Window& window) const {
  if (!merging_) return window;
  const Window* place = merging_->state_window(window);
  PF_CHECK(place != nullptr);
  return *place;
}

Window WindowOperator::add_to_merging(const Window& window) {
  return merging_->add(window, [this](const MergingWindowSet::Merged& merge) {
    // An assigner of the user's could make windows end earlier by merging them.
    bool over = parts_.assigner->is_event_time()
                    ? is_late(merge.result)
                    : merge.result.max_timestamp <= timers_->current_processing_time();
    if (over) {
      throw OperatorFailure(*context_,
                            "windows have merged into one that ends at " +
                                std::to_string(merge.result.max_timestamp) +
                                ", which is over already; merge_windows must not make windows end earlier");
    }
    services_->enter(merge.result);
    parts_.trigger->on_merge(merge.result, merge.merged);
    for (const Window& merged : merge.merged) {
      if (merged == merge.result) continue;
      services_->enter(merged);
      parts_.trigger->clear(merged);
      delete_cleanup(merged);
    }
    if (merge.merged_states.empty()) return;
    services_->enter(merge.state);
    parts_.contents->merge(merge.state, merge.merged_states);
  });
}

// -- lateness

int64_t WindowOperator::cleanup_time(const Window& window) const {
  if (!parts_.assigner->is_event_time()) return window.max_timestamp;
  return saturating_add(window.max_timestamp, plan_->allowed_lateness);
}

bool WindowOperator::is_late(const Window& window) const {
  return parts_.assigner->is_event_time() && cleanup_time(window) <= timers_->current_watermark();
}

void WindowOperator::register_cleanup(const Window& window) {
  int64_t time = cleanup_time(window);
  if (time == kMaxTimestamp) return;
  parts_.assigner->is_event_time() ? timers_->register_event_timer(time)
                                   : timers_->register_processing_timer(time);
}

void WindowOperator::delete_cleanup(const Window& window) {
  int64_t time = cleanup_time(window);
  if (time == kMaxTimestamp) return;
  parts_.assigner->is_event_time() ? timers_->delete_event_timer(time)
                                   : timers_->delete_processing_timer(time);
}

namespace {

class WindowOperatorFactory final : public OperatorFactory {
 public:
  explicit WindowOperatorFactory(std::shared_ptr<const WindowPlan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<Operator> create() const override { return std::make_unique<WindowOperator>(plan_); }

 private:
  std::shared_ptr<const WindowPlan> plan_;
};

}  // namespace

std::shared_ptr<const OperatorFactory> make_window_operator(WindowPlan plan) {
  return std::make_shared<WindowOperatorFactory>(std::make_shared<const WindowPlan>(std::move(plan)));
}

}  // namespace pf
