#include "dataflow/source/sequence_source.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>

#include "dataflow/source/split_state.h"

namespace pf {
namespace {

/// Counted without a sign: the step behind the last value may leave the range of int64_t.
struct Range {
  uint64_t next;
  uint64_t left;
};

class SequenceSource final : public Source {
 public:
  explicit SequenceSource(Range share) : ranges_({share}) {}

  void open(OperatorContext& context) override {
    Source::open(context);
    state_.emplace(context, R"({"type":"range of LONG"})");
    auto restored = state_->restored();
    if (!restored) return;
    ranges_.clear();
    for (const std::string& bytes : *restored) {
      ByteReader in(bytes);
      uint64_t next = in.get_fixed64();
      ranges_.push_back({next, in.get_fixed64()});
    }
  }

  Poll poll(Outbox& out) override {
    while (!ranges_.empty() && ranges_.front().left == 0) ranges_.pop_front();
    if (ranges_.empty()) return Poll::kEnd;
    Range& range = ranges_.front();
    std::vector<int64_t> values(std::min<uint64_t>(range.left, context_->batch_size));
    for (auto& value : values) value = static_cast<int64_t>(range.next++);
    range.left -= values.size();
    Batch batch;
    batch.values = std::make_shared<FixedColumn<int64_t>>(std::move(values));
    out.emit(std::move(batch));
    return Poll::kMore;
  }

  OperatorSnapshot snapshot_state(const SnapshotContext&) override {
    std::vector<std::string> splits;
    for (const Range& range : ranges_) {
      if (range.left == 0) continue;
      ByteWriter out(splits.emplace_back());
      out.put_fixed64(range.next);
      out.put_fixed64(range.left);
    }
    return state_->snapshot(splits);
  }

 private:
  std::deque<Range> ranges_;
  std::optional<SplitState> state_;
};

class SequenceSourceFactory final : public SourceFactory {
 public:
  SequenceSourceFactory(int64_t first, int64_t last)
      : first_(static_cast<uint64_t>(first)), count_(count_of(first, last)) {}

  std::unique_ptr<Source> create(uint32_t subtask, uint32_t parallelism) const override {
    uint64_t share = count_ / parallelism;
    uint64_t longer = count_ % parallelism;
    uint64_t start = share * subtask + std::min<uint64_t>(subtask, longer);
    return std::make_unique<SequenceSource>(Range{first_ + start, share + (subtask < longer ? 1 : 0)});
  }

 private:
  static uint64_t count_of(int64_t first, int64_t last) {
    if (last < first) return 0;
    uint64_t steps = static_cast<uint64_t>(last) - static_cast<uint64_t>(first);
    // All 2^64 numbers are one more than can be counted; nobody lives to miss the last.
    return steps == std::numeric_limits<uint64_t>::max() ? steps : steps + 1;
  }

  uint64_t first_;
  uint64_t count_;
};

}  // namespace

std::shared_ptr<const SourceFactory> make_sequence_source(int64_t first, int64_t last) {
  return std::make_shared<SequenceSourceFactory>(first, last);
}

}  // namespace pf
