#include "dataflow/source/sequence_source.h"

#include <algorithm>
#include <limits>

namespace pf {
namespace {

class SequenceSource final : public Source {
 public:
  SequenceSource(uint64_t first, uint64_t count) : next_(first), left_(count) {}

  Poll poll(Outbox& out) override {
    if (left_ == 0) return Poll::kEnd;
    std::vector<int64_t> values(std::min<uint64_t>(left_, context_->batch_size));
    // Counted without a sign: the step behind the last value may leave the range of int64_t.
    for (auto& value : values) value = static_cast<int64_t>(next_++);
    left_ -= values.size();
    Batch batch;
    batch.values = std::make_shared<FixedColumn<int64_t>>(std::move(values));
    out.emit(std::move(batch));
    return Poll::kMore;
  }

 private:
  uint64_t next_;
  uint64_t left_;
};

class SequenceSourceFactory final : public SourceFactory {
 public:
  SequenceSourceFactory(int64_t first, int64_t last)
      : first_(static_cast<uint64_t>(first)), count_(count_of(first, last)) {}

  std::unique_ptr<Source> create(uint32_t subtask, uint32_t parallelism) const override {
    uint64_t share = count_ / parallelism;
    uint64_t longer = count_ % parallelism;
    uint64_t start = share * subtask + std::min<uint64_t>(subtask, longer);
    return std::make_unique<SequenceSource>(first_ + start, share + (subtask < longer ? 1 : 0));
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
