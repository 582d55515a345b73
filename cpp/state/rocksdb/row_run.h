#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "state/state_store.h"

namespace pf {

/// Changes of rows, in the order in which they were made. One thread at a time.
class RowRun {
 public:
  enum class Change : uint8_t { kPut, kRemove, kAppend };

  void add(StateId state, Change change, std::string_view key, std::string_view value);
  bool empty() const { return bytes_.empty(); }
  size_t bytes() const { return bytes_.size(); }
  /// How many of a state; of all states that have any, the numbers are below `states`.
  size_t changes(StateId state) const { return changes_[state].size(); }
  size_t states() const { return changes_.size(); }

  /// What all changes of a row come to: each row once, in the order of keys.
  using Visitor = std::function<void(Change change, std::string_view key, std::string_view value)>;
  void for_each_row(StateId state, const Visitor& visitor) const;

 private:
  struct Head {
    size_t value_size;
    uint32_t key_size;
    Change change;
  };
  Head head(size_t at) const;
  std::string_view key(size_t at) const;

  std::string bytes_;
  std::vector<std::vector<size_t>> changes_;  // by state: where they begin
};

}  // namespace pf
