#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "dataflow/exchange/partitioner.h"
#include "dataflow/operator/operator_factory.h"

namespace pf {

/// Drives one operator without a job, item by item and as unkindly as its contract allows: the outbox has
/// room for one emission and is emptied only between calls, and time stands still until it is turned. For
/// tests, users' included. All calls come from one thread; wakes may come from any.
class OperatorDriver {
 public:
  struct Settings {
    std::string operator_name;
    std::string declared_at;
    std::vector<std::string> side_outputs;
    /// Null where an input has no key.
    std::vector<std::shared_ptr<const KeyExtractorFactory>> keys;
    std::shared_ptr<const StateBackend> state_backend;
    size_t batch_size = 1;
    bool batch_mode = false;
    int64_t epoch_millis = 0;
    /// Called with what blocks until the operator is woken, which it has to call.
    std::function<void(const std::function<void()>&)> while_waiting = [](const auto& wait) { wait(); };
  };

  OperatorDriver(const OperatorFactory& factory, Settings settings);
  /// Closes the operator, too, if that has not been done.
  ~OperatorDriver();
  OperatorDriver(const OperatorDriver&) = delete;
  OperatorDriver& operator=(const OperatorDriver&) = delete;

  void open();
  void process_batch(int input, Batch batch);
  void process_watermark(int64_t timestamp);
  void end_input(int input);
  /// Turns the clock, and gives the operator the turns that have come due. Throws Error when it would go
  /// back.
  void set_processing_time(int64_t epoch_millis);
  int64_t processing_time() const { return clock_.epoch_millis(); }
  void close();

  /// What the operator has emitted since the last call, to all slots.
  std::vector<Outbox::Item> take_output() { return std::exchange(output_, {}); }

 private:
  void drive(const std::function<Step()>& call);
  void take_turns();
  bool turn_is_due();
  void wait_for_wake();
  void pass_on();

  Settings settings_;
  ManualClock clock_;
  OperatorMetrics metrics_;
  OperatorContext context_;
  std::vector<std::unique_ptr<KeyExtractor>> keys_;
  std::unique_ptr<Operator> operator_;
  Outbox outbox_;
  std::vector<Outbox::Item> output_;
  bool opened_ = false;
  int64_t turn_at_ = kMaxTimestamp;

  std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
  bool turn_ = false;
};

}  // namespace pf
