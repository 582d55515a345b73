#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "dataflow/window/window_slices.h"
#include "serde/owned_datum.h"
#include "state/map_state.h"
#include "state/value_state.h"

namespace pf {

/// The values of one key's slices, and what windows of them merge into. Above the slices, values of two,
/// four, eight and so on that follow each other are kept as well, each merged when a window first needs it: a
/// window is made of few of them, and slides on by merging few anew. A slice that is written to again takes
/// those that it is part of with it. Whenever a method is called, the namespace is the empty one. Lives on
/// the task's thread. What a checkpoint keeps: all of these values, in keyed state.
class SliceTree {
 public:
  /// Both outlive it; the state is that of the operator.
  SliceTree(KeyedStateBackend& state, const WindowSlices& slices, SerializerPtr values);

  /// The value of a slice; none before the first `put`.
  std::optional<OwnedDatum> get(int64_t slice);
  void put(int64_t slice, Datum owned);

  bool has_contents(int64_t window);
  /// Makes a value, which the caller owns, of two, of which the first is the earlier.
  using Merge = std::function<Datum(Datum, Datum)>;
  /// What a window's slices merge into: at most twice as many times as its number of slices can be halved,
  /// and on average once more for each slice. None without contents.
  std::optional<OwnedDatum> value_of(int64_t window, const Merge& merge);
  /// Drops the slices whose last window it is.
  void drop(int64_t window);

 private:
  /// 2^level slices, the index-th of that length.
  struct Block {
    int level;
    int64_t index;
  };

  static std::string place_of(Block block);
  static int64_t first_of(Block block) { return block.index << block.level; }
  static int64_t last_of(Block block) { return first_of(block) + ((int64_t{1} << block.level) - 1); }
  static Block leaf(int64_t number) { return {0, number}; }
  Block largest_block(int64_t first, int64_t end) const;
  std::optional<int64_t> first_from(int64_t number);
  int64_t last_up_to(int64_t number);
  OwnedDatum value_of(Block block, int64_t first, const Merge& merge);
  std::optional<OwnedDatum> find(Block block);

  const WindowSlices& slices_;
  const SerializerPtr values_;
  const int levels_;  // of blocks that fit into a window
  MapState blocks_;
  /// Of the windows so far, how far they reach: only slices before that are part of larger blocks.
  ValueState merged_to_;
};

}  // namespace pf
