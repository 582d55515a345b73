#include "dataflow/exchange/channel.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

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
  if (has_credit_by_last_look()) return true;
  // The flag goes up before another look: either the reader sees it, or we see its pop.
  writer_waits_.store(true);
  look_at_reader();
  return has_credit_by_last_look();
}

void Channel::push(StreamElement element) {
  pushed_rows_ += rows_of(element);
  if (is_unbounded()) {
    std::lock_guard lock(mutex_);
    overflow_.push_back(std::move(element));
  } else {
    if (pushed_elements_ - written_.other_elements >= slots_.size()) look_at_reader();
    PF_CHECK(pushed_elements_ - written_.other_elements < slots_.size());
    slots_[pushed_elements_ % slots_.size()] = std::move(element);
  }
  ++pushed_elements_;
  const size_t rows = pushed_rows_ - written_.rows.load(std::memory_order_relaxed);
  const size_t elements = pushed_elements_ - written_.elements.load(std::memory_order_relaxed);
  if (std::max(rows, elements) >= kWorthAnnouncing) announce();
}

void Channel::announce() {
  if (pushed_elements_ == written_.elements.load(std::memory_order_relaxed)) return;
  written_.rows.store(pushed_rows_, std::memory_order_relaxed);
  written_.elements.store(pushed_elements_);
  reader_->wake();
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
