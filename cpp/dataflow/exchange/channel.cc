#include "dataflow/exchange/channel.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"

namespace pf {
namespace {

size_t rows_of(const StreamElement& element) {
  const auto* batch = std::get_if<Batch>(&element);
  return batch ? batch->size() : 0;
}

/// Rows that are worth an announcement of their own. Of fewer, several batches share one: tasks that wake
/// each other for each small batch, or take turns at the same cache lines, do little else.
constexpr size_t kWorthAnnouncing = 256;

/// For a counter that only the calling thread changes.
void add(std::atomic<size_t>& counter, size_t more) {
  if (more > 0) {
    counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
}

}  // namespace

Channel::Channel(size_t places, size_t rows) : slots_(places), max_rows_(rows) {}

bool Channel::has_credit_by_last_look() const {
  return pushed_elements_ - written_.other_elements < slots_.size() &&
         pushed_rows_ - written_.other_rows < max_rows_;
}

void Channel::look_at_reader() {
  written_.other_elements = read_.elements.load();
  written_.other_rows = read_.rows.load(std::memory_order_relaxed);
}

bool Channel::has_credit() {
  if (is_unbounded() || has_credit_by_last_look()) return true;
  look_at_reader();
  if (overtaken_) refill();
  if (has_credit_by_last_look()) return true;
  // The flag goes up before another look: either the reader sees it, or we see its pop.
  writer_waits_.store(true);
  look_at_reader();
  if (overtaken_) refill();
  return has_credit_by_last_look();
}

bool Channel::is_full() const { return pushed_elements_ - written_.other_elements >= slots_.size(); }

bool Channel::catch_up() {
  // Only this end adds to what is behind the ring, and the ring is full as long as something is.
  if (!overtaken_ || overtaken_->behind.empty()) return true;
  has_credit();
  return overtaken_->behind.empty();
}

void Channel::refill() {
  if (overtaken_->behind.empty()) return;
  // Under the mutex the reader finds all that is before a barrier in one of the two.
  std::lock_guard lock(overtaken_->mutex);
  while (!overtaken_->behind.empty() && !is_full()) {
    put(std::move(overtaken_->behind.front()));
    overtaken_->behind.pop_front();
  }
  announce();
}

void Channel::push(StreamElement element) {
  if (!is_unbounded() && is_full()) {
    look_at_reader();
    if (overtaken_) refill();
    if (is_full()) {
      PF_CHECK(overtaken_ != nullptr);
      std::lock_guard lock(overtaken_->mutex);
      overtaken_->behind.push_back(std::move(element));
      return;
    }
  }
  put(std::move(element));
  const size_t rows = pushed_rows_ - written_.rows.load(std::memory_order_relaxed);
  const size_t elements = pushed_elements_ - written_.elements.load(std::memory_order_relaxed);
  if (std::max(rows, elements) >= kWorthAnnouncing) announce();
}

void Channel::put(StreamElement element) {
  pushed_rows_ += rows_of(element);
  if (is_unbounded()) {
    std::lock_guard lock(mutex_);
    overflow_.push_back(std::move(element));
  } else {
    slots_[pushed_elements_ % slots_.size()] = std::move(element);
  }
  ++pushed_elements_;
}

void Channel::announce() {
  if (pushed_elements_ == written_.elements.load(std::memory_order_relaxed)) return;
  written_.rows.store(pushed_rows_, std::memory_order_relaxed);
  written_.elements.store(pushed_elements_);
  reader_->wake();
}

void Channel::push_announced(StreamElement element) {
  announce();
  {
    std::lock_guard lock(overtaken_->mutex);
    overtaken_->announced.push_back({pushed_elements_ + overtaken_->behind.size(), element});
    overtaken_->news.store(true);
  }
  push(std::move(element));
  announce();
  reader_->wake();
}

std::vector<Channel::Announced> Channel::take_announced() {
  if (!overtaken_->news.load()) return {};
  std::lock_guard lock(overtaken_->mutex);
  overtaken_->news.store(false);
  return std::exchange(overtaken_->announced, {});
}

void Channel::show_before(size_t position, const std::function<void(const StreamElement&)>& visitor) {
  // Elements move from behind the ring into it under the mutex only; those in the ring stay until this end
  // takes them out.
  std::lock_guard lock(overtaken_->mutex);
  const size_t read = read_.elements.load(std::memory_order_relaxed);
  const size_t written = written_.elements.load();
  for (size_t at = read; at < std::min(position, written); ++at) visitor(slots_[at % slots_.size()]);
  if (PFPP_MUTANT("behind_ring_not_recorded")) return;
  for (size_t at = written; at < position && at - written < overtaken_->behind.size(); ++at) {
    visitor(overtaken_->behind[at - written]);
  }
}

bool Channel::try_pop(StreamElement& element) {
  size_t position = read_.elements.load(std::memory_order_relaxed);
  if (position == read_.other_elements) {
    read_.other_elements = written_.elements.load(std::memory_order_acquire);
    if (position == read_.other_elements) return false;
  }
  if (is_unbounded()) {
    std::lock_guard lock(mutex_);
    element = std::move(overflow_.front());
    overflow_.pop_front();
  } else {
    element = std::exchange(slots_[position % slots_.size()], EndOfInput{});
  }
  add(read_.rows, rows_of(element));
  read_.elements.store(position + 1);
  // Not before half is free: the writer then has work for a while. None is lost, since only the writer adds
  // to what is in flight.
  if (writer_waits_.load() && half_is_free() && writer_waits_.exchange(false)) writer_->wake();
  return true;
}

bool Channel::half_is_free() const {
  size_t rows = written_.rows.load(std::memory_order_relaxed) - read_.rows.load(std::memory_order_relaxed);
  return in_flight() <= slots_.size() / 2 && rows <= max_rows_ / 2;
}

}  // namespace pf
