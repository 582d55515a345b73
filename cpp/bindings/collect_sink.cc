#include "bindings/collect_sink.h"

#include <chrono>

#include "base/error.h"
#include "dataflow/operator/operator_failure.h"

namespace pf::python {
namespace {

class CollectSink final : public Operator {
 public:
  explicit CollectSink(std::shared_ptr<ResultQueue> queue) : queue_(std::move(queue)) {}

  void open(OperatorContext& context) override {
    Operator::open(context);
    queue_->begin(context.attempt, context.restored_checkpoint_id, context.batch_mode);
  }
  Step process_batch(int, Batch& batch, Outbox&) override {
    try {
      batch.detach(Detach::kKept);
    } catch (const NotCopyable& error) {
      throw OperatorFailure(*context_, error.what(), nullptr, OperatorFailure::Kind::kType);
    }
    return queue_->try_push(batch.values, context_->wake) ? Step::kDone : Step::kWait;
  }
  OperatorSnapshot snapshot_state(const SnapshotContext& context) override {
    queue_->mark(context.checkpoint_id);
    return {};
  }
  void notify_checkpoint_complete(int64_t checkpoint) override { queue_->release(checkpoint); }
  // What it holds may be Python objects, whose last reference may go with the batch.
  bool needs_lane() const override { return true; }

 private:
  std::shared_ptr<ResultQueue> queue_;
};

class CollectSinkFactory final : public OperatorFactory {
 public:
  explicit CollectSinkFactory(std::shared_ptr<ResultQueue> queue) : queue_(std::move(queue)) {}
  std::unique_ptr<Operator> create() const override { return std::make_unique<CollectSink>(queue_); }

 private:
  std::shared_ptr<ResultQueue> queue_;
};

}  // namespace

void ResultQueue::begin(uint32_t attempt, std::optional<int64_t> checkpoint, bool batch_mode) {
  std::lock_guard lock(mutex_);
  if (batch_mode) collecting_ = Collecting::kAtOnce;
  if (attempt == 0) return;
  waiting_.clear();
  if (collecting_ == Collecting::kOnceSafe) {
    if (checkpoint) release_held(*checkpoint);
    held_.clear();
    marks_.clear();
    repeats_ = released_ > checkpoint;
  } else if (collecting_ == Collecting::kAtOnce) {
    batches_.clear();
    repeats_ = read_from_;
  }
}

void ResultQueue::recover(std::optional<int64_t> checkpoint) {
  std::lock_guard lock(mutex_);
  if (checkpoint) release_held(*checkpoint);
  held_.clear();
  marks_.clear();
  waiting_.clear();
}

bool ResultQueue::try_push(ColumnPtr rows, const std::function<void()>& wake) {
  std::lock_guard lock(mutex_);
  if (batches_.size() >= capacity_) {
    waiting_.push_back(wake);
    return false;
  }
  (collecting_ == Collecting::kOnceSafe ? held_ : batches_).push_back(std::move(rows));
  filled_.notify_one();
  return true;
}

void ResultQueue::mark(int64_t checkpoint) {
  std::lock_guard lock(mutex_);
  if (collecting_ == Collecting::kOnceSafe) marks_.push_back({checkpoint, held_.size()});
}

void ResultQueue::release(int64_t checkpoint) {
  std::lock_guard lock(mutex_);
  release_held(checkpoint);
}

void ResultQueue::release_held(int64_t checkpoint) {
  size_t covered = 0;
  while (!marks_.empty() && marks_.front().checkpoint <= checkpoint) {
    covered = marks_.front().batches;
    released_ = marks_.front().checkpoint;
    marks_.pop_front();
  }
  for (Mark& mark : marks_) mark.batches -= covered;
  for (; covered > 0; --covered) {
    batches_.push_back(std::move(held_.front()));
    held_.pop_front();
  }
  filled_.notify_one();
}

ColumnPtr ResultQueue::pop(int64_t millis) {
  std::vector<std::function<void()>> waiting;
  ColumnPtr rows;
  {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, std::chrono::milliseconds(millis), [this] { return !batches_.empty(); });
    if (repeats_) {
      throw Error(
          "the job started over after a failure, so that results that were read would come again: collect "
          "them "
          "with checkpoints, exactly once, or without a restart strategy");
    }
    if (batches_.empty()) return nullptr;
    read_from_ = true;
    rows = std::move(batches_.front());
    batches_.pop_front();
    waiting.swap(waiting_);
  }
  for (const auto& wake : waiting) wake();
  return rows;
}

std::shared_ptr<const OperatorFactory> make_collect_sink(std::shared_ptr<ResultQueue> queue) {
  return std::make_shared<CollectSinkFactory>(std::move(queue));
}

}  // namespace pf::python
