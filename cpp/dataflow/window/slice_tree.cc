#include "dataflow/window/slice_tree.h"

#include <algorithm>
#include <bit>

#include "dataflow/window/window.h"

namespace pf {
namespace {

StateDescriptor blocks_descriptor(const WindowSlices& slices, SerializerPtr values) {
  StateDescriptor descriptor;
  descriptor.name = "window-slices";
  descriptor.kind = StateDescriptor::Kind::kMap;
  descriptor.value = std::move(values);
  // Slices are no use to windows that are cut otherwise.
  descriptor.map_key = make_bytes_serializer(R"({"type":"SLICES","size":)" + std::to_string(slices.size()) +
                                             R"(,"slide":)" + std::to_string(slices.slide()) +
                                             R"(,"offset":)" + std::to_string(slices.offset()) + "}");
  return descriptor;
}

StateDescriptor merged_to_descriptor() {
  StateDescriptor descriptor;
  descriptor.name = "window-slices-merged-to";
  descriptor.value = make_long_serializer();
  return descriptor;
}

int levels_of(const WindowSlices& slices) {
  const WindowSlices::Numbers numbers = slices.slices_of(slices.offset());
  return std::bit_width(static_cast<uint64_t>(numbers.end - numbers.first)) - 1;
}

}  // namespace

SliceTree::SliceTree(KeyedStateBackend& state, const WindowSlices& slices, SerializerPtr values)
    : slices_(slices),
      values_(std::move(values)),
      levels_(levels_of(slices)),
      blocks_(state, state.declare(blocks_descriptor(slices, values_))),
      merged_to_(state, state.declare(merged_to_descriptor())) {}

std::optional<OwnedDatum> SliceTree::get(int64_t slice) { return find(leaf(slices_.number_of(slice))); }

void SliceTree::put(int64_t slice, Datum owned) {
  const int64_t number = slices_.number_of(slice);
  blocks_.put(place_of(leaf(number)), owned);
  const Datum* merged_to = merged_to_.find();
  if (!merged_to || number >= static_cast<int64_t>(merged_to->word)) return;
  for (int level = 1; level <= levels_; ++level) blocks_.remove(place_of({level, number >> level}));
}

bool SliceTree::has_contents(int64_t window) {
  const WindowSlices::Numbers numbers = slices_.slices_of(window);
  const std::optional<int64_t> first = first_from(numbers.first);
  return first && *first < numbers.end;
}

std::optional<OwnedDatum> SliceTree::value_of(int64_t window, const Merge& merge) {
  const WindowSlices::Numbers numbers = slices_.slices_of(window);
  const Datum* merged_to = merged_to_.find();
  if (!merged_to || static_cast<int64_t>(merged_to->word) < numbers.end) {
    merged_to_.put({static_cast<uint64_t>(numbers.end)});
  }
  std::optional<OwnedDatum> value;
  for (int64_t next = numbers.first; next < numbers.end;) {
    Block block = largest_block(next, numbers.end);
    std::optional<OwnedDatum> part = find(block);
    if (!part) {
      const std::optional<int64_t> first = first_from(next);
      if (!first || *first >= numbers.end) break;
      while (last_of(block) < *first) block = largest_block(last_of(block) + 1, numbers.end);
      part = value_of(block, *first, merge);
    }
    value = value ? OwnedDatum(*values_, merge(value->get(), part->get())) : std::move(*part);
    next = saturating_add(last_of(block), 1);
  }
  return value;
}

/// Of those that begin with a slice and end before another one.
SliceTree::Block SliceTree::largest_block(int64_t first, int64_t end) const {
  Block block = leaf(first);
  while (block.level < levels_ && block.index % 2 == 0) {
    const Block larger{block.level + 1, block.index / 2};
    if (last_of(larger) >= end) break;
    block = larger;
  }
  return block;
}

/// Of a block whose first slice with a value is known. What is merged is kept under the least block that
/// holds all of it.
OwnedDatum SliceTree::value_of(Block block, int64_t first, const Merge& merge) {
  if (std::optional<OwnedDatum> known = find(block)) return std::move(*known);
  const int64_t last = last_up_to(last_of(block));
  if (first == last) return find(leaf(first)).value();
  const int level = std::bit_width(static_cast<uint64_t>(first ^ last));
  const Block least{level, first >> level};
  if (least.level < block.level) {
    if (std::optional<OwnedDatum> known = find(least)) return std::move(*known);
  }
  const Block later{level - 1, last >> (level - 1)};
  OwnedDatum left = value_of({level - 1, first >> (level - 1)}, first, merge);
  OwnedDatum right = value_of(later, first_from(first_of(later)).value(), merge);
  OwnedDatum merged(*values_, merge(left.get(), right.get()));
  blocks_.put(place_of(least), values_->copy(merged.get()));
  return merged;
}

void SliceTree::drop(int64_t window) {
  const WindowSlices::Numbers numbers = slices_.slices_ending_with(window);
  for (int64_t number = numbers.first; number < numbers.end; ++number) {
    // Those that begin with it have had their last window, too; those that it lies within, before.
    const int highest = number == 0 ? levels_ : std::countr_zero(static_cast<uint64_t>(number));
    for (int level = 0; level <= std::min(levels_, highest); ++level) {
      blocks_.remove(place_of({level, number >> level}));
    }
  }
  if (!first_from(numbers.end)) merged_to_.clear();
}

std::optional<OwnedDatum> SliceTree::find(Block block) {
  Datum value;
  if (!blocks_.get(place_of(block), value)) return std::nullopt;
  return OwnedDatum(*values_, value);
}

/// The next slice with a value. Most keys have one there, so that the state need not be searched.
std::optional<int64_t> SliceTree::first_from(int64_t number) {
  if (blocks_.contains(place_of(leaf(number)))) return number;
  const std::optional<std::string> place = blocks_.first_key_from(place_of(leaf(number)));
  if (!place) return std::nullopt;
  ByteReader in(*place);
  if (in.get_byte() != 0) return std::nullopt;
  return in.get_ordered64();
}

/// The last slice with a value; there is one.
int64_t SliceTree::last_up_to(int64_t number) {
  const std::string place = blocks_.last_key_before(place_of(leaf(number)) + '\0').value();
  ByteReader in(place);
  PF_CHECK(in.get_byte() == 0);
  return in.get_ordered64();
}

/// By levels, and within one by time.
std::string SliceTree::place_of(Block block) {
  std::string place;
  ByteWriter out(place);
  out.put_byte(static_cast<uint8_t>(block.level));
  out.put_ordered64(block.index);
  return place;
}

}  // namespace pf
