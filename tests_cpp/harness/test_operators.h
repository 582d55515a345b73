#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "harness/values.h"
#include "plan/stream_graph.h"

namespace pf::testing {

class FunctionFactory final : public OperatorFactory {
 public:
  using Make = std::function<std::unique_ptr<Operator>()>;
  explicit FunctionFactory(Make make) : make_(std::move(make)) {}
  std::unique_ptr<Operator> create() const override { return make_(); }

 private:
  Make make_;
};

class FunctionSourceFactory final : public SourceFactory {
 public:
  using Make = std::function<std::unique_ptr<Source>(uint32_t subtask, uint32_t parallelism)>;
  explicit FunctionSourceFactory(Make make) : make_(std::move(make)) {}
  std::unique_ptr<Source> create(uint32_t subtask, uint32_t parallelism) const override {
    return make_(subtask, parallelism);
  }

 private:
  Make make_;
};

/// A factory of `T(args...)`, one for each subtask.
template <typename T, typename... Args>
std::shared_ptr<const OperatorFactory> operator_of(Args... args) {
  return std::make_shared<FunctionFactory>([=] { return std::make_unique<T>(args...); });
}
template <typename T, typename... Args>
std::shared_ptr<const SourceFactory> source_of(Args... args) {
  return std::make_shared<FunctionSourceFactory>(
      [=](uint32_t, uint32_t) { return std::make_unique<T>(args...); });
}

/// Answers each batch with a function of the test.
class OnBatch final : public Operator {
 public:
  using Function = std::function<Step(OperatorContext&, int input, Batch&, Outbox&)>;
  explicit OnBatch(Function function) : function_(std::move(function)) {}
  Step process_batch(int input, Batch& batch, Outbox& out) override {
    return function_(*context_, input, batch, out);
  }

 private:
  Function function_;
};

inline Step pass_on(OperatorContext&, int, Batch& batch, Outbox& out) {
  out.emit(std::move(batch));
  return Step::kDone;
}

/// LONG to LONG, row by row.
inline std::shared_ptr<const OperatorFactory> map_longs(std::function<int64_t(int64_t)> function) {
  return operator_of<OnBatch>([function](OperatorContext&, int, Batch& batch, Outbox& out) {
    std::vector<int64_t> values = longs_of(batch);
    std::transform(values.begin(), values.end(), values.begin(), function);
    out.emit(longs(std::move(values)));
    return Step::kDone;
  });
}

/// What has reached the subtasks of a sink. Any thread.
class Collected {
 public:
  void add(uint32_t subtask, int input, std::vector<int64_t> values) {
    std::lock_guard lock(mutex_);
    auto& received = received_[{subtask, input}];
    received.insert(received.end(), values.begin(), values.end());
  }
  /// Of all subtasks and inputs.
  std::vector<int64_t> sorted() const {
    std::lock_guard lock(mutex_);
    std::vector<int64_t> all;
    for (const auto& [from, values] : received_) all.insert(all.end(), values.begin(), values.end());
    std::sort(all.begin(), all.end());
    return all;
  }
  std::vector<int64_t> of_subtask(uint32_t subtask, int input = 0) const {
    std::lock_guard lock(mutex_);
    auto found = received_.find({subtask, input});
    return found == received_.end() ? std::vector<int64_t>() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<uint32_t, int>, std::vector<int64_t>> received_;
};

inline std::shared_ptr<const OperatorFactory> collect_into(Collected& collected) {
  return operator_of<OnBatch>([&collected](OperatorContext& context, int input, Batch& batch, Outbox&) {
    collected.add(context.subtask, input, longs_of(batch));
    return Step::kDone;
  });
}

/// How often operators were opened and closed; a test expects both to agree.
struct LifeCycle {
  std::atomic<int> opened{0};
  std::atomic<int> closed{0};
};

/// Emits single rows, counting up, until the job ends.
class EndlessSource final : public Source {
 public:
  explicit EndlessSource(LifeCycle* life) : life_(life) {}
  void open(OperatorContext& context) override {
    Source::open(context);
    ++life_->opened;
  }
  Poll poll(Outbox& out) override {
    out.emit(longs({next_++}));
    return Poll::kMore;
  }
  void close() override { ++life_->closed; }

 private:
  LifeCycle* life_;
  int64_t next_ = 0;
};

}  // namespace pf::testing
