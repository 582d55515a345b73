#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
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
/// Where barriers may overtake, a writer in a hurry goes on without credit: what the ring doesn't take waits
/// behind it, and barriers and the end are announced, so that the reader knows of them while they are far.
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
  /// Before anything is written: `push` is never refused.
  void let_overtake() { overtaken_ = std::make_unique<Overtaken>(); }

  /// Writer: hands an element over. Only after `has_credit` said yes, unless in a hurry. The reader sees it
  /// at once where much has been written since it was last woken, otherwise after the next `announce`.
  void push(StreamElement element);
  /// Writer: shows the reader what has been written, and wakes it. To be called before the writer rests, or
  /// does anything that may take long.
  void announce();

  /// Writer: as `push` for a barrier or the end, of which the reader is told at once. For channels that let
  /// overtake.
  void push_announced(StreamElement element);
  /// Writer: whether all that was pushed without credit is in the ring by now. A "no" ends in a `wake`.
  bool catch_up();

  /// Reader: takes the oldest element out; false when there is none.
  bool try_pop(StreamElement& element);
  /// Whether anything waits.
  bool empty() const { return in_flight() == 0; }
  /// What will be read, and when: behind so many elements since the beginning.
  struct Announced {
    size_t position;
    StreamElement element;
  };
  /// Reader: the barriers and the end that have been announced since the last call. For channels that let
  /// overtake.
  std::vector<Announced> take_announced();
  /// Reader: shows what waits before a position, the oldest first. For channels that let overtake.
  void show_before(size_t position, const std::function<void(const StreamElement&)>& visitor);
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
  struct Overtaken {
    std::mutex mutex;
    std::deque<StreamElement> behind;  // the ring, which is full as long as there is something
    std::vector<Announced> announced;
    std::atomic<bool> news{false};  // there is something in `announced`
  };
  bool is_unbounded() const { return slots_.empty(); }
  bool is_full() const;
  /// Moves what waits behind the ring into it, as far as there is room.
  void refill();
  void put(StreamElement element);
  bool has_credit_by_last_look() const;
  void look_at_reader();
  bool half_is_free() const;

  std::vector<StreamElement> slots_;
  const size_t max_rows_;
  std::mutex mutex_;                    // of overflow_
  std::deque<StreamElement> overflow_;  // all elements, when unbounded
  std::unique_ptr<Overtaken> overtaken_;
  Wakeable* writer_ = nullptr;
  Wakeable* reader_ = nullptr;
  Position written_;
  size_t pushed_elements_ = 0;  // announced or not
  size_t pushed_rows_ = 0;
  Position read_;
  alignas(64) std::atomic<bool> writer_waits_{false};
};

}  // namespace pf
