#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "model/stream_element.h"

namespace pf {

/// Something that sleeps until told to look again. `wake` may be called from any thread, and any
/// number of times: one more look never does harm.
class Wakeable {
 public:
  virtual ~Wakeable() = default;
  virtual void wake() = 0;
};

/// The bounded way from one subtask to another within a process: a ring with as many places as the
/// writer has credits. Exactly one task writes and one reads, each on whatever thread runs it at the
/// time; neither ever waits inside. Taking an element out gives its credit back.
/// The way back of a loop is unbounded: a loop whose every channel could be full might never move again.
class Channel {
 public:
  explicit Channel(size_t credits) : slots_(credits) {}
  static std::unique_ptr<Channel> unbounded() { return std::make_unique<Channel>(0); }

  void connect(Wakeable& writer, Wakeable& reader) {
    writer_ = &writer;
    reader_ = &reader;
  }

  /// Writer: whether `push` would be accepted. A "no" is remembered and ends in a `wake` of the writer, when
  /// half of the places are free.
  bool has_credit();
  /// Writer: hands an element over. Only after `has_credit` said yes.
  void push(StreamElement element);

  /// Reader: takes the oldest element out; false when there is none.
  bool try_pop(StreamElement& element);
  /// Reader: whether anything waits.
  bool empty() const {
    return read_.load(std::memory_order_relaxed) == written_.load(std::memory_order_acquire);
  }
  /// Elements that have been written and not yet read.
  size_t in_flight() const { return written_.load() - read_.load(); }

 private:
  bool is_unbounded() const { return slots_.empty(); }

  std::vector<StreamElement> slots_;
  std::mutex mutex_;                    // of overflow_
  std::deque<StreamElement> overflow_;  // all elements, when unbounded
  Wakeable* writer_ = nullptr;
  Wakeable* reader_ = nullptr;
  alignas(64) std::atomic<size_t> written_{0};
  alignas(64) std::atomic<size_t> read_{0};
  std::atomic<bool> writer_waits_{false};
};

}  // namespace pf
