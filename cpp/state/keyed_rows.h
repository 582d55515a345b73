#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "state/keyed_snapshot.h"
#include "state/state_store.h"

namespace pf {

/// Rows as they were at a moment, for any thread, beside whatever becomes of them.
class FrozenRows {
 public:
  virtual ~FrozenRows() = default;
  using Visitor = std::function<void(const KeyedRow& row)>;
  /// All of them; `store` as it was at that moment, null where there is none.
  virtual void for_each(const StoreView* store, const Visitor& visitor) const = 0;
  /// The rows of the store that hold the others than `for_each(nullptr)` shows, as time and entry with the
  /// key group as value; none where the store's rows are to be exported one by one.
  virtual std::optional<StateId> times_in_store() const { return std::nullopt; }
};

/// Rows that were copied one by one.
class CopiedRows final : public FrozenRows {
 public:
  void add(uint32_t key_group, std::string_view entry, std::string_view detail);
  void for_each(const StoreView* store, const Visitor& visitor) const override;

 private:
  std::string bytes_;
};

/// Something beside the declared states that belongs to keys and goes where their state goes: timers. Lives
/// on the task's thread.
class KeyedRows {
 public:
  virtual ~KeyedRows() = default;
  virtual void import_row(std::string_view entry, std::string_view detail) = 0;
  /// What the rows mean, as JSON: those that were saved with another schema are refused.
  virtual std::string schema() const { return R"({"type":"TIMERS"})"; }

  using KeyGroupOf = std::function<uint32_t(std::string_view entry)>;
  /// All rows as they are now. `key_group` is for the task's thread only.
  virtual std::unique_ptr<FrozenRows> freeze(const KeyGroupOf& key_group) const = 0;
};

}  // namespace pf
