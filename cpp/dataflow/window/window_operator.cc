#include "dataflow/window/window_operator.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "base/error.h"
#include "dataflow/operator/operator_failure.h"
#include "dataflow/window/window_state.h"

namespace pf {
namespace {

/// How long timers wait for the rows at hand where results wait for a full batch, or not at all, in
/// nanoseconds.
constexpr int64_t kPatience = 1'000'000;

}  // namespace

WindowOperator::WindowOperator(std::shared_ptr<const WindowPlan> plan)
    : plan_(std::move(plan)), parts_(plan_->make_parts()) {}

void WindowOperator::open(OperatorContext& context) {
  Operator::open(context);
  slice_.emplace(*context.clock, context.buffer_timeout_nanos > 0 ? context.buffer_timeout_nanos : kPatience);
  refuse_windows_of_other_kind(context,
                               parts_.assigner->slices() ? WindowState::kSlices : WindowState::kContents);
  state_ = context.create_keyed_state(plan_->keys);
  timers_.emplace(*state_, *context.clock, context.request_turn_at);
  services_.emplace(WindowServices{context, *state_, *timers_});
  parts_.contents->open(*services_);
  parts_.assigner->open(*services_);
  parts_.trigger->open(*services_);
  if (parts_.assigner->merging()) merging_.emplace(*services_, *parts_.assigner);
  if (const WindowSlices* slices = parts_.assigner->slices()) {
    sliced_.emplace(*slices, *timers_, parts_.assigner->is_event_time(), plan_->allowed_lateness);
  }
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
  sliced_.reset();
  services_.reset();
  timers_.reset();
  state_.reset();
}

OperatorSnapshot WindowOperator::snapshot_state(const SnapshotContext& context) {
  OperatorSnapshot snapshot = parts_.contents->snapshot_state(context);
  snapshot.unwritten = state_->freeze(context);
  return snapshot;
}

Step WindowOperator::process_batch(int, Batch& batch, Outbox& out) {
  if (!started_) begin_batch(batch);
  slice_->start();
  bool pauses = false;
  while (!pauses && resume_firing() && !parts_.contents->full()) {
    if (!in_part_) {
      if (next_of_rest_ == rest_.size()) {
        drop_late(batch, out);
        parts_.contents->end_batch();
        parts_.contents->flush(out);
        started_ = false;
        return Step::kDone;
      }
      const uint32_t key = keys_.of_row(rest_[next_of_rest_]);
      if (context_->batch_mode && !end_key_before(keys_.bytes(key))) continue;
      begin_part(batch);
      drop_late(batch, out);
    }
    if (!add_groups(batch)) {
      pauses = true;
    } else if (next_row_ == one_by_one_.size()) {
      in_part_ = false;
    } else if (process_row(batch, one_by_one_[next_row_])) {
      ++next_row_;
      pauses = time_is_up();
    }
  }
  parts_.contents->flush(out);
  if (!pauses) return Step::kAgain;
  put_off_part();
  return Step::kYield;
}

Step WindowOperator::process_watermark(Watermark watermark, Outbox& out) {
  // The end of the last key in BATCH mode, at which timers of both domains fire.
  const bool time_is_over = context_->batch_mode && watermark.timestamp == kMaxTimestamp;
  time_is_over ? timers_->end_time() : timers_->advance_watermark(watermark.timestamp);
  slice_->start();
  while (resume_firing() && !parts_.contents->full()) {
    if (!fire_next_timer(time_is_over)) {
      parts_.contents->flush(out);
      out.emit_to_all(watermark);
      return Step::kDone;
    }
    if (slice_is_over(out)) return Step::kAgain;
  }
  parts_.contents->flush(out);
  return Step::kAgain;
}

bool WindowOperator::slice_is_over(Outbox& out) {
  if (!slice_->is_over()) return false;
  parts_.contents->flush(out);
  slice_->start();
  return !out.has_room();
}

bool WindowOperator::fire_next_timer(bool of_both_domains) {
  auto domain = Domain::kEvent;
  auto time = timers_->next_event_timer();
  if (!time && of_both_domains) {
    domain = Domain::kProcessing;
    time = timers_->next_processing_timer();
  }
  if (time) on_timer(domain, *time);
  return time.has_value();
}

Step WindowOperator::take_turn(Outbox& out) {
  if (context_->batch_mode) return Step::kDone;
  slice_->start();
  while (resume_firing() && !parts_.contents->full()) {
    auto time = timers_->next_processing_timer();
    if (!time) {
      parts_.contents->flush(out);
      return Step::kDone;
    }
    on_timer(Domain::kProcessing, *time);
    if (slice_is_over(out)) return Step::kAgain;
  }
  parts_.contents->flush(out);
  return Step::kAgain;
}

bool WindowOperator::end_key_before(std::string_view key) {
  if (key_ == key) return true;
  if (!key_is_over_ && timers_->has_timers()) {
    timers_->end_time();
    key_is_over_ = true;
  }
  if (key_is_over_ && fire_next_timer(true)) return false;
  if (key_is_over_) timers_->begin_time();
  key_is_over_ = false;
  key_ = key;
  return true;
}

// -- the rows of a batch

void WindowOperator::begin_batch(const Batch& batch) {
  PF_CHECK(batch.keys != nullptr);
  started_ = true;
  in_part_ = false;
  put_off_ = false;
  late_.clear();
  sets_.clear();
  keys_.encode(*batch.keys, *plan_->keys);
  parts_.contents->begin_batch(batch);
  parts_.trigger->begin_batch(batch);
  rest_.resize(batch.size());
  std::iota(rest_.begin(), rest_.end(), 0);
  next_of_rest_ = 0;
  set_of_row_.resize(batch.size());
  group_of_key_.assign(keys_.size(), kNone);
  groups_used_ = 0;
  assign_windows(batch);
}

/// All rows that are left; in BATCH mode, those of one key.
void WindowOperator::begin_part(const Batch& batch) {
  in_part_ = true;
  next_group_ = next_of_group_ = next_row_ = next_window_ = 0;
  for (size_t group = 0; group < groups_used_; ++group) group_of_key_[groups_[group].key] = kNone;
  groups_used_ = 0;
  one_by_one_.clear();
  // The clock has gone on.
  if (put_off_ && !parts_.assigner->is_event_time() && !parts_.assigner->uses_state()) assign_windows(batch);
  const auto begin = rest_.begin() + static_cast<std::ptrdiff_t>(next_of_rest_);
  auto end = rest_.end();
  if (context_->batch_mode) {
    end = std::find_if(begin, end, [&](uint32_t row) { return keys_.of_row(row) != keys_.of_row(*begin); });
  }
  part_.assign(begin, end);
  next_of_rest_ += part_.size();
  sort_rows();
}

bool WindowOperator::add_groups(const Batch& batch) {
  while (next_group_ < groups_used_) {
    const Group& group = groups_[next_group_];
    if (!merging_ && next_of_group_ == 0 && next_group_ % kGroupsAhead == 0) prefetch_groups();
    auto rows = std::span(group.rows).subspan(next_of_group_);
    if (merging_) {
      state_->set_current(keys_.bytes(group.key));
      merging_->load();
      next_of_group_ += add_to_merging_windows(batch, rows);
      merging_->store();
    } else {
      rows = rows.first(std::min(rows.size(), at_once_));
      add_to_windows(batch, group, rows);
      next_of_group_ += rows.size();
    }
    if (next_of_group_ == group.rows.size()) {
      ++next_group_;
      next_of_group_ = 0;
    }
    if (time_is_up()) return false;
  }
  return true;
}

void WindowOperator::prefetch_groups() {
  ahead_.clear();
  const size_t end = std::min(next_group_ + kGroupsAhead, groups_used_);
  for (size_t i = next_group_; i < end; ++i) {
    // Of windows that overlap, one brings the key near enough.
    const std::vector<Window>& windows = sets_[groups_[i].set];
    if (!windows.empty()) ahead_.add(keys_.bytes(groups_[i].key), windows.front().bytes);
  }
  state_->prefetch(ahead_);
}

void WindowOperator::put_off_part() {
  if (!in_part_) return;
  in_part_ = false;
  put_off_ = true;
  rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(std::exchange(next_of_rest_, 0)));
  for (; next_group_ < groups_used_; ++next_group_, next_of_group_ = 0) {
    const std::vector<uint32_t>& rows = groups_[next_group_].rows;
    rest_.insert(rest_.end(), rows.begin() + static_cast<std::ptrdiff_t>(next_of_group_), rows.end());
  }
  rest_.insert(rest_.end(), one_by_one_.begin() + static_cast<std::ptrdiff_t>(next_row_), one_by_one_.end());
  std::sort(rest_.begin(), rest_.end());
}

bool WindowOperator::time_is_up() {
  const bool up = slice_->is_over();
  at_once_ = up ? 1 : std::min(2 * at_once_, kMostAtOnce);
  return up;
}

void WindowOperator::assign_windows(const Batch& batch) {
  bool uses_state = parts_.assigner->uses_state();
  parts_.assigner->begin_batch(batch, timers_->current_processing_time());
  for (uint32_t row : std::span(rest_).subspan(next_of_rest_)) {
    if (uses_state) state_->set_current(keys_.bytes(keys_.of_row(row)));
    try {
      set_of_row_[row] = parts_.assigner->assign(batch, row, batch.timestamp_of(row), sets_);
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
    const bool quiet = sliced_ ? !sliced_->over(window, 0) : parts_.trigger->quiet(window);
    if (!quiet) return Reception::kLoud;
    reception = Reception::kQuiet;
  }
  return reception;
}

/// Decides how each row is treated.
void WindowOperator::sort_rows() {
  receptions_.resize(sets_.size(), Reception::kUnknown);
  bool any_loud = false;
  shared_ = merging_.has_value();
  for (uint32_t row : part_) {
    const std::vector<Window>& windows = sets_[set_of_row_[row]];
    Reception& reception = receptions_[set_of_row_[row]];
    if (reception == Reception::kUnknown) reception = reception_of(windows);
    any_loud |= reception == Reception::kLoud;
    shared_ |= windows.size() > 1;
  }
  // Rows that meet in a window are treated alike, so that it sees them in order.
  bool all_one_by_one = any_loud && shared_;
  for (uint32_t row : part_) {
    Reception reception = receptions_[set_of_row_[row]];
    if (reception == Reception::kLate) {
      late_.push_back(row);
    } else if (reception == Reception::kLoud || all_one_by_one) {
      one_by_one_.push_back(row);
    } else {
      put_into_group(row);
    }
  }
  // In BATCH mode time begins again with the next key.
  for (uint32_t row : part_) receptions_[set_of_row_[row]] = Reception::kUnknown;
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

void WindowOperator::add_to_windows(const Batch& batch, const Group& group, std::span<const uint32_t> rows) {
  for (const Window& window : sets_[group.set]) {
    if (is_late(window)) continue;
    state_->set_current(keys_.bytes(group.key), window.bytes);
    if (sliced_) {
      add_to_slice(batch, rows, window);
      continue;
    }
    // What has contents already has its timers, too.
    if (!parts_.contents->add(batch, rows)) continue;
    size_t first = rows.front();
    parts_.trigger->on_element(batch, first, batch.timestamp_of(first), window);
    register_cleanup(window);
  }
}

void WindowOperator::add_to_slice(const Batch& batch, std::span<const uint32_t> rows, const Window& slice) {
  if (!parts_.contents->add(batch, rows)) return;
  if (std::optional<Window> first = sliced_->first_open(slice)) await(*first);
}

void WindowOperator::await(const Window& window) {
  services_->enter(window);
  const int64_t cleanup = cleanup_time(window);
  if (parts_.assigner->is_event_time()) {
    timers_->register_following_event_timer(window.max_timestamp);
    if (cleanup != kMaxTimestamp) timers_->register_following_event_timer(cleanup);
  } else {
    timers_->register_following_processing_timer(window.max_timestamp);
  }
}

/// Rows that follow each other into one window are added together: so many as this says. All windows of the
/// rows are quiet, the key is the current one.
size_t WindowOperator::add_to_merging_windows(const Batch& batch, std::span<const uint32_t> rows) {
  const std::vector<Window>& windows = sets_[set_of_row_[rows.front()]];
  const size_t most = std::min(rows.size(), at_once_);
  size_t end = 1;
  bool may_grow = windows.size() == 1 && parts_.assigner->has_cover();
  std::optional<Window> covering = may_grow ? std::optional(windows[0]) : std::nullopt;
  while (covering && end < most && parts_.trigger->takes_covering_windows()) {
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
    parts_.contents->add(batch, rows.first(end));
    services_->enter(part_of);
    // A window that has merged has got its trigger's timers in `on_merge`.
    if (part_of == window) {
      parts_.trigger->on_element(batch, rows.front(), batch.timestamp_of(rows.front()), part_of);
    }
    register_cleanup(part_of);
  }
  return end;
}

bool WindowOperator::process_row(const Batch& batch, uint32_t row) {
  if (sliced_) return process_row_of_slice(batch, row);
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
    TriggerResult result = parts_.trigger->on_element(batch, row, batch.timestamp_of(row), window);
    if (!answer(result, {.window = std::move(window), .by_element = true})) return false;
  }
  if (merging_) {
    merging_->store();
    if (!taken_) late_.push_back(row);
  }
  next_window_ = 0;
  return true;
}

/// The windows that are over fire for it, each with the record.
bool WindowOperator::process_row_of_slice(const Batch& batch, uint32_t row) {
  const Window& slice = sets_[set_of_row_[row]].front();
  state_->set_current(keys_.bytes(keys_.of_row(row)), slice.bytes);
  if (next_window_ == 0) add_to_slice(batch, {&row, 1}, slice);
  while (std::optional<Window> window = sliced_->over(slice, next_window_)) {
    ++next_window_;
    if (!answer({.fire = true}, {.window = std::move(*window), .by_element = true})) return false;
  }
  next_window_ = 0;
  return true;
}

/// Rows none of whose windows took them. Without being late themselves they have no window to belong to.
void WindowOperator::drop_late(const Batch& batch, Outbox& out) {
  std::erase_if(late_, [&](uint32_t row) {
    if (!parts_.assigner->is_event_time()) return true;
    int64_t over = saturating_add(batch.timestamp_of(row), plan_->allowed_lateness);
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
  if (sliced_ && result.fire) {
    const std::optional<Window> next = sliced_->next(window);
    if (next && parts_.contents->has_contents(*next)) await(*next);
  }
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
