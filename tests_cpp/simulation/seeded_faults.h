#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fault_point.h"
#include "simulation/world.h"

namespace pf::testing {

/// What the seed lets go wrong. Faults happen at the nth time that the process comes to a point, messages are
/// lost, late and doubled for a while; then the world is kind again, and the job has to come to its end. One
/// thread.
class SeededFaults final : public FaultPlan {
 public:
  /// `defect` is one that the engine is to have; empty for none. Arms itself, and disarms when it goes.
  SeededFaults(uint64_t seed, World& world, ManualClock& clock, std::string defect);
  ~SeededFaults() override;
  SeededFaults(const SeededFaults&) = delete;
  SeededFaults& operator=(const SeededFaults&) = delete;

  void reach(std::string_view point) override;
  void send(std::string_view message, std::function<void()> deliver) override;
  bool has_defect(std::string_view name) override;

  /// The next point at which the engine has to cope with a failure has one.
  void fail_soon() { fails_soon_ = true; }
  /// Delivers what is due of the late messages.
  void deliver_due();
  /// The process has gone, and with it what was on its way.
  void forget_messages();
  uint64_t happened() const { return happened_; }

  /// All points of the engine.
  static std::vector<std::string> points();

 private:
  enum class Action : uint8_t { kFail, kDie, kDelay };
  struct Fault {
    std::string point;
    uint64_t nth;
    Action action;
  };
  struct Late {
    int64_t due;  // epoch milliseconds
    std::function<void()> deliver;
  };
  [[noreturn]] void fail_at(std::string_view point);
  bool is_chaotic() const;
  bool happens(int percent) { return random_() % 100 < static_cast<uint64_t>(percent); }

  std::mt19937_64 random_;
  World& world_;
  ManualClock& clock_;
  const std::string defect_;
  std::vector<Fault> faults_;
  std::map<std::string, uint64_t, std::less<>> reached_;
  uint64_t happened_ = 0;
  bool fails_soon_ = false;
  bool tiny_channels_ = false;
  bool tiny_slices_ = false;
  int64_t chaos_ends_ = 0;
  int lost_percent_ = 0;
  int late_percent_ = 0;
  int twice_percent_ = 0;
  int64_t ordered_until_ = 0;
  std::vector<Late> late_;
  /// Messages hold the tasks that they were for, which may be scheduled as long as the job is.
  std::deque<std::function<void()>> delivered_;
};

}  // namespace pf::testing
