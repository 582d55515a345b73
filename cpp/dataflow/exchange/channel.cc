#include "dataflow/exchange/channel.h"

#include <utility>

#include "base/error.h"

namespace pf {

bool Channel::has_credit() {
  if (is_unbounded()) return true;
  if (in_flight() < slots_.size()) return true;
  // The flag goes up before the second look: either the reader sees it, or we see its pop.
  writer_waits_.store(true);
  return in_flight() < slots_.size();
}

void Channel::push(StreamElement element) {
  size_t position = written_.load(std::memory_order_relaxed);
  if (is_unbounded()) {
    std::lock_guard lock(mutex_);
    overflow_.push_back(std::move(element));
  } else {
    PF_CHECK(position - read_.load(std::memory_order_acquire) < slots_.size());
    slots_[position % slots_.size()] = std::move(element);
  }
  written_.store(position + 1);
  reader_->wake();
}

bool Channel::try_pop(StreamElement& element) {
  size_t position = read_.load(std::memory_order_relaxed);
  if (position == written_.load(std::memory_order_acquire)) return false;
  if (is_unbounded()) {
    std::lock_guard lock(mutex_);
    element = std::move(overflow_.front());
    overflow_.pop_front();
  } else {
    element = std::exchange(slots_[position % slots_.size()], EndOfInput{});
  }
  read_.store(position + 1);
  // Not before half of the places are free: the writer then has work for a while. None is lost, since only
  // the writer adds to what is in flight.
  if (writer_waits_.load() && in_flight() <= slots_.size() / 2 && writer_waits_.exchange(false)) {
    writer_->wake();
  }
  return true;
}

}  // namespace pf
