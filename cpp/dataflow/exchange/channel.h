#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <limits>
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

/// The bounded way from one subtask to another within a process: a ring. The writer has a credit as long as
/// a place is free and fewer than so many rows are under way; so it may be far ahead with small batches, and
/// with large ones memory stays bounded.
/// Exactly one task writes and one reads, each on whatever thread runs it at the time; neither ever waits
/// inside. Each keeps to its own cache line, and looks at the other's only when what it last saw there
/// doesn't let it go on.
/// The way back of a loop is unbounded: a loop whose every channel could be full might never move again.
class Channel {
 public:
  explicit Channel(size_t places, size_t rows = std::numeric_limits<size_t>::max());
  static std::unique_ptr<Channel> unbounded() { return std::make_unique<Channel>(0); }

  void connect(Wakeable& writer, Wakeable& reader) {
    writer_ = &writer;
    reader_ = &reader;
  }

  /// Writer: whether `push` would be accepted. A "no" is remembered and ends in a `wake` of the writer, when
  /// half of the channel is free.
  bool has_credit();
  /// Writer: hands an element over. Only after `has_credit` said yes. The reader sees it at once where much
  /// has been written since it was last woken, otherwise after the next `announce`.
  void push(StreamElement element);
  /// Writer: shows the reader what has been written, and wakes it. To be called before the writer rests, or
  /// does anything that may take long.
  void announce();

  /// Reader: takes the oldest element out; false when there is none.
  bool try_pop(StreamElement& element);
  /// Whether anything waits.
  bool empty() const { return in_flight() == 0; }
  /// Elements that have been written and not yet read.
  size_t in_flight() const { return written_.elements.load() - read_.elements.load(); }

 private:
  /// How far the other end sees that this one has come, since the beginning.
  struct alignas(64) Position {
    std::atomic<size_t> elements{0};
    std::atomic<size_t> rows{0};
    // What this end last saw of the other one.
    size_t other_elements = 0;
    size_t other_rows = 0;
  };
  bool is_unbounded() const { return slots_.empty(); }
  bool has_credit_by_last_look() const;
  void look_at_reader();
  bool half_is_free() const;

  std::vector<StreamElement> slots_;
  const size_t max_rows_;
  std::mutex mutex_;                    // of overflow_
  std::deque<StreamElement> overflow_;  // all elements, when unbounded
  Wakeable* writer_ = nullptr;
  Wakeable* reader_ = nullptr;
  Position written_;
  size_t pushed_elements_ = 0;  // announced or not
  size_t pushed_rows_ = 0;
  Position read_;
  alignas(64) std::atomic<bool> writer_waits_{false};
};

}  // namespace pf
