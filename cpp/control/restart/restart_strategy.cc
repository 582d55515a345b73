#include "control/restart/restart_strategy.h"

#include <algorithm>
#include <deque>
#include <random>

#include "base/error.h"

namespace pf {
namespace {

template <typename Number>
void require(bool holds, const std::string& key, const std::string& what, Number got) {
  if (holds) return;
  std::string number = std::to_string(static_cast<double>(got));
  number.erase(number.find_last_not_of('0') + 1);
  if (number.ends_with('.')) number.pop_back();
  throw Error("restart-strategy." + key + " must be " + what + ", got " + number);
}

class NoRestartStrategy final : public RestartStrategy {
 public:
  std::optional<int64_t> on_failure(int64_t) override { return std::nullopt; }
};

class FixedDelayStrategy final : public RestartStrategy {
 public:
  explicit FixedDelayStrategy(const FixedDelay& settings) : settings_(settings) {}

  std::optional<int64_t> on_failure(int64_t) override {
    if (failures_ == settings_.attempts) return std::nullopt;
    ++failures_;
    return settings_.delay;
  }

 private:
  const FixedDelay settings_;
  int64_t failures_ = 0;
};

class FailureRateStrategy final : public RestartStrategy {
 public:
  explicit FailureRateStrategy(const FailureRate& settings) : settings_(settings) {}

  std::optional<int64_t> on_failure(int64_t now_millis) override {
    failures_.push_back(now_millis);
    while (now_millis - failures_.front() > settings_.interval) failures_.pop_front();
    if (static_cast<int64_t>(failures_.size()) > settings_.max_failures_per_interval) return std::nullopt;
    return settings_.delay;
  }

 private:
  const FailureRate settings_;
  std::deque<int64_t> failures_;  // those within the interval before the last one
};

class ExponentialDelayStrategy final : public RestartStrategy {
 public:
  ExponentialDelayStrategy(const ExponentialDelay& settings, uint64_t seed)
      : settings_(settings), random_(seed) {}

  std::optional<int64_t> on_failure(int64_t now_millis) override {
    bool ran_well = last_failure_ && now_millis - *last_failure_ >= settings_.reset_threshold + backoff_;
    if (!last_failure_ || ran_well) {
      backoff_ = settings_.initial_backoff;
      attempts_ = 0;
    } else {
      auto grown = static_cast<double>(backoff_) * settings_.multiplier;
      backoff_ = static_cast<int64_t>(std::min(grown, static_cast<double>(settings_.max_backoff)));
    }
    last_failure_ = now_millis;
    if (++attempts_ > settings_.attempts_before_reset) return std::nullopt;
    auto spread = static_cast<int64_t>(static_cast<double>(backoff_) * settings_.jitter_factor);
    int64_t jitter = std::uniform_int_distribution<int64_t>(-spread, spread)(random_);
    return std::min(backoff_ + jitter, settings_.max_backoff);
  }

 private:
  const ExponentialDelay settings_;
  std::mt19937_64 random_;
  int64_t backoff_ = 0;
  int64_t attempts_ = 0;
  std::optional<int64_t> last_failure_;
};

void check(const FixedDelay& settings) {
  const std::string prefix = "fixed-delay.";
  require(settings.attempts >= 0, prefix + "attempts", "at least 0", settings.attempts);
  require(settings.delay >= 0, prefix + "delay", "at least 0 ms", settings.delay);
}

void check(const FailureRate& settings) {
  const std::string prefix = "failure-rate.";
  require(settings.max_failures_per_interval > 0, prefix + "max-failures-per-interval", "above 0",
          settings.max_failures_per_interval);
  require(settings.interval > 0, prefix + "failure-rate-interval", "above 0 ms", settings.interval);
  require(settings.delay >= 0, prefix + "delay", "at least 0 ms", settings.delay);
}

void check(const ExponentialDelay& settings) {
  const std::string prefix = "exponential-delay.";
  require(settings.initial_backoff >= 1, prefix + "initial-backoff", "at least 1 ms",
          settings.initial_backoff);
  require(settings.max_backoff >= settings.initial_backoff, prefix + "max-backoff",
          "at least the initial backoff", settings.max_backoff);
  require(settings.multiplier > 1, prefix + "backoff-multiplier", "above 1", settings.multiplier);
  require(settings.reset_threshold >= 1, prefix + "reset-backoff-threshold", "at least 1 ms",
          settings.reset_threshold);
  require(settings.jitter_factor >= 0 && settings.jitter_factor <= 1, prefix + "jitter-factor",
          "between 0 and 1", settings.jitter_factor);
  require(settings.attempts_before_reset >= 1, prefix + "attempts-before-reset-backoff", "at least 1",
          settings.attempts_before_reset);
}

std::string millis(int64_t time) { return std::to_string(time) + " ms"; }

}  // namespace

std::unique_ptr<RestartStrategy> make_restart_strategy(const RestartSettings& settings, uint64_t seed) {
  if (const auto* fixed = std::get_if<FixedDelay>(&settings)) {
    check(*fixed);
    return std::make_unique<FixedDelayStrategy>(*fixed);
  }
  if (const auto* rate = std::get_if<FailureRate>(&settings)) {
    check(*rate);
    return std::make_unique<FailureRateStrategy>(*rate);
  }
  if (const auto* exponential = std::get_if<ExponentialDelay>(&settings)) {
    check(*exponential);
    return std::make_unique<ExponentialDelayStrategy>(*exponential, seed);
  }
  return std::make_unique<NoRestartStrategy>();
}

std::string describe(const RestartSettings& settings) {
  if (const auto* fixed = std::get_if<FixedDelay>(&settings)) {
    return "fixed-delay: " + std::to_string(fixed->attempts) + " restarts, each after " +
           millis(fixed->delay);
  }
  if (const auto* rate = std::get_if<FailureRate>(&settings)) {
    return "failure-rate: at most " + std::to_string(rate->max_failures_per_interval) + " failures in " +
           millis(rate->interval) + ", restarts after " + millis(rate->delay);
  }
  if (const auto* exponential = std::get_if<ExponentialDelay>(&settings)) {
    return "exponential-delay: restarts after " + millis(exponential->initial_backoff) + " to " +
           millis(exponential->max_backoff);
  }
  return "none";
}

}  // namespace pf
