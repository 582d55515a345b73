#pragma once

#include <map>
#include <set>

#include "control/time/keyed_timers.h"

namespace pf {

/// Timers kept in memory.
class HeapTimers final : public KeyedTimers {
 public:
  void add(int64_t time, std::string_view entry) override;
  void remove(int64_t time, std::string_view entry) override;
  std::optional<int64_t> earliest() const override;
  std::optional<int64_t> pop_due(int64_t by, std::string& entry) override;
  void for_each(const std::function<void(int64_t time, std::string_view entry)>& visitor) const override;

 private:
  // Two levels, since many keys share the end of a window.
  std::map<int64_t, std::set<std::string, std::less<>>> by_time_;
};

}  // namespace pf
