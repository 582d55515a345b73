#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "state/state_store.h"

namespace pf::testing {

/// A store in memory that counts what it is asked. Keeps rows that have expired.
class MemoryStore final : public StateStore {
 public:
  void add_state(StateId state, const std::string&, const std::optional<RowTtl>&, Reads) override {
    PF_CHECK(state == states_.size());
    states_.emplace_back();
  }
  std::optional<std::string> get(StateId state, std::string_view key) override {
    ++reads;
    auto found = states_.at(state).find(key);
    return found == states_[state].end() ? std::nullopt : std::optional(found->second);
  }
  void put(StateId state, std::string_view key, std::string_view value) override {
    ++writes;
    states_.at(state)[std::string(key)] = value;
  }
  void append(StateId state, std::string_view key, std::string_view bytes) override {
    ++writes;
    states_.at(state)[std::string(key)].append(bytes);
  }
  void remove(StateId state, std::string_view key) override {
    ++writes;
    auto& rows = states_.at(state);
    if (auto found = rows.find(key); found != rows.end()) rows.erase(found);
  }
  void remove_prefix(StateId state, std::string_view prefix) override {
    ++writes;
    std::erase_if(states_.at(state), [&](const auto& row) { return row.first.starts_with(prefix); });
  }
  void scan(StateId state, std::string_view prefix, std::string_view from, const Visitor& visitor) override {
    ++scans;
    Rows rows = states_.at(state);  // those of the moment of the call
    for (auto row = rows.lower_bound(std::max(prefix, from)); row != rows.end(); ++row) {
      if (!row->first.starts_with(prefix)) return;
      ++rows_shown;
      if (!visitor(row->first, row->second)) return;
    }
  }

  std::optional<std::string> last_before(StateId state, std::string_view prefix,
                                         std::string_view bound) override {
    ++reads;
    Rows& rows = states_.at(state);
    auto row = rows.lower_bound(bound);
    if (row == rows.begin() || !(--row)->first.starts_with(prefix)) return std::nullopt;
    return row->first;
  }

  std::unique_ptr<const StoreView> view() override { return std::make_unique<View>(states_); }

  size_t rows(StateId state) const { return states_.at(state).size(); }

  size_t reads = 0;
  size_t writes = 0;
  size_t scans = 0;
  size_t rows_shown = 0;

 private:
  using Rows = std::map<std::string, std::string, std::less<>>;
  class View final : public StoreView {
   public:
    explicit View(std::vector<Rows> states) : states_(std::move(states)) {}
    void scan(StateId state, const RowVisitor& visitor) const override {
      for (const auto& [key, value] : states_.at(state)) {
        if (!visitor(key, value)) return;
      }
    }

   private:
    const std::vector<Rows> states_;
  };
  std::vector<Rows> states_;
};

}  // namespace pf::testing
