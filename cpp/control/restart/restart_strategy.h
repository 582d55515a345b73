#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace pf {

/// Decides after each failure whether a job runs again, and after what wait. Plain code: told the time,
/// without a thread. Owned by the job and asked by one thread at a time; a restarted job goes on with the
/// same object, which is how it counts.
class RestartStrategy {
 public:
  virtual ~RestartStrategy() = default;
  /// Called once for each failure, at `now_millis`, a time that never goes back. Gives the wait before the
  /// next attempt in milliseconds, or nothing when the job has failed for good.
  virtual std::optional<int64_t> on_failure(int64_t now_millis) = 0;
};

// The kinds of strategies with their settings; times in milliseconds.

/// The first failure is final.
struct NoRestart {};

/// A number of restarts, each after the same wait.
struct FixedDelay {
  int64_t attempts = 1;
  int64_t delay = 1'000;
};

/// Restarts until an interval has seen more than so many failures.
struct FailureRate {
  int64_t max_failures_per_interval = 1;
  int64_t interval = 60'000;
  int64_t delay = 1'000;
};

/// Restarts after waits that grow by a factor, up to a longest one, less or more by a random part. After a
/// time without failure the wait and the count of attempts start over.
struct ExponentialDelay {
  int64_t initial_backoff = 1'000;
  int64_t max_backoff = 60'000;
  double multiplier = 1.5;
  int64_t reset_threshold = 3'600'000;
  double jitter_factor = 0.1;
  int64_t attempts_before_reset = INT64_MAX;
};

using RestartSettings = std::variant<NoRestart, FixedDelay, FailureRate, ExponentialDelay>;

/// What starts over after a failure.
enum class FailoverStrategy : uint8_t {
  kRegion,  // whatever is connected with what has failed
  kFull,    // the whole job
};

/// Throws Error naming the setting that makes no sense. The seed decides what a strategy does at random.
std::unique_ptr<RestartStrategy> make_restart_strategy(const RestartSettings& settings, uint64_t seed);

/// In one line, for people.
std::string describe(const RestartSettings& settings);

}  // namespace pf
