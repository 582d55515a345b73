#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "dataflow/async/async_queue.h"

namespace pf {

/// When the calls in flight are to be made again, and when they have taken too long: the timeout of a call
/// covers all its attempts and the delays between them, and a call that has timed out is not made again.
/// Plain code: the time is given, in milliseconds since the epoch.
class AsyncDeadlines {
 public:
  /// What has come due, in order of time; at one time, calls that have timed out come first.
  struct Due {
    std::vector<CallId> timed_out;
    std::vector<CallId> to_retry;
  };

  /// `timeout_millis` 0: calls may take for ever.
  explicit AsyncDeadlines(int64_t timeout_millis) : timeout_millis_(timeout_millis) {}

  void begin(CallId call, int64_t now);
  /// The call is to be made again at a time. Nothing happens if it has ended or timed out.
  void retry_at(CallId call, int64_t time);
  /// The call has its result. False if it had ended before.
  bool end(CallId call);
  Due take_due(int64_t now);
  /// When something will come due next; kMaxTimestamp if nothing will.
  int64_t next() const;

 private:
  enum class Kind : uint8_t { kTimeout, kRetry };
  using Deadline = std::tuple<int64_t, Kind, CallId>;
  struct Call {
    std::optional<Deadline> timeout;
    std::optional<Deadline> retry;
    bool timed_out = false;
  };
  void withdraw(std::optional<Deadline>& deadline);

  const int64_t timeout_millis_;
  std::unordered_map<CallId, Call> calls_;
  std::set<Deadline> deadlines_;
};

}  // namespace pf
