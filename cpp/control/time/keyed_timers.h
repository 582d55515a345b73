#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace pf {

/// The timers of one keyed operator in one time domain: a set of times, each for a key and namespace (an
/// entry, see `entry_key`). They come due by time and, within a time, by the entry's bytes. Lives on the
/// task's thread.
class KeyedTimers {
 public:
  virtual ~KeyedTimers() = default;
  /// Nothing happens when it is there already.
  virtual void add(int64_t time, std::string_view entry) = 0;
  /// Nothing happens when there is none.
  virtual void remove(int64_t time, std::string_view entry) = 0;
  /// When the first one comes due.
  virtual std::optional<int64_t> earliest() const = 0;
  /// Takes the first one out if it is due by then, and gives its time.
  virtual std::optional<int64_t> pop_due(int64_t by, std::string& entry) = 0;
  virtual size_t size() const = 0;
  /// All of them, in order.
  virtual void for_each(const std::function<void(int64_t time, std::string_view entry)>& visitor) const = 0;
};

/// Timers kept in memory.
class HeapTimers final : public KeyedTimers {
 public:
  void add(int64_t time, std::string_view entry) override;
  void remove(int64_t time, std::string_view entry) override;
  std::optional<int64_t> earliest() const override;
  std::optional<int64_t> pop_due(int64_t by, std::string& entry) override;
  size_t size() const override { return size_; }
  void for_each(const std::function<void(int64_t time, std::string_view entry)>& visitor) const override;

 private:
  // Two levels, since many keys share the end of a window.
  std::map<int64_t, std::set<std::string, std::less<>>> by_time_;
  size_t size_ = 0;
};

}  // namespace pf
