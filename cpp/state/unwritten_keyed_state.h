#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "state/keyed_rows.h"
#include "state/keyed_snapshot.h"
#include "state/operator_snapshot.h"
#include "state/restored_keyed_state.h"

namespace pf {

/// What a frozen backend has, beside the rows of its states: which states there are, and what came in with a
/// snapshot or belongs to somebody else.
struct FrozenBackend {
  struct State {
    StateId id = 0;
    KeyedStateInfo info;
    std::optional<RowTtl> drops;  // what has expired by `now` stays behind
    int64_t now = 0;
  };
  struct Attached {
    KeyedStateInfo info;
    std::unique_ptr<FrozenRows> rows;
  };

  /// A state of `restored` that goes on as it is.
  struct Undeclared {
    KeyedStateInfo info;
    std::optional<KeyedFiles::State> in_files;  // of the store
  };

  uint32_t max_parallelism = 0;
  std::vector<State> states;
  std::vector<Attached> attached;
  RestoredKeyedState restored;
  std::vector<Undeclared> undeclared;
};

/// What both kinds of backend have in common when a snapshot is written.
class UnwrittenKeyedState : public UnwrittenState {
 public:
  explicit UnwrittenKeyedState(FrozenBackend frozen) : frozen_(std::move(frozen)) {}

 protected:
  const FrozenBackend& frozen() const { return frozen_; }
  /// Adds the row, unless it has been given up or the row has expired.
  void add(const FrozenBackend::State& state, KeyedRow row, KeyedSnapshotWriter& out);
  /// Rows that are attached, and those that nobody has declared. Of the rows in a store only what can't be
  /// told from its files when `in_files`.
  void write_rest(KeyedSnapshotWriter& out, const StoreView* store, bool in_files);

 private:
  FrozenBackend frozen_;
  std::string kept_;
  uint32_t rows_ = 0;
};

/// State in a store: its rows are read later, from a view; or they are its files, of which those that other
/// checkpoints have are only named.
class UnwrittenStore final : public UnwrittenKeyedState {
 public:
  /// `files` may be null.
  UnwrittenStore(FrozenBackend frozen, std::unique_ptr<const StoreView> view,
                 std::unique_ptr<const StoreFiles> files);
  void write(OperatorSnapshot& snapshot, SharedFiles& shared) override;

 private:
  std::shared_ptr<const KeyedSnapshot> write_rows();
  std::shared_ptr<const KeyedFiles> write_files(SharedFiles& shared);

  std::unique_ptr<const StoreView> view_;
  std::unique_ptr<const StoreFiles> files_;
};

/// State on the heap: entry by entry on the task's thread, in slices; an entry that somebody asks for is
/// written before, since nobody can tell what becomes of a value that was given out.
class UnwrittenHeap final : public UnwrittenKeyedState {
 public:
  explicit UnwrittenHeap(FrozenBackend frozen);

  /// Writes some more of what is left, as `write_some`.
  using Walk = std::function<bool(const std::function<bool()>& is_over)>;
  void set_walk(Walk walk) { walk_ = std::move(walk); }
  /// Nothing is left, or what was left is gone.
  void end_walk() { walk_ = nullptr; }
  void add_row(StateId state, const KeyedRow& row);
  /// A value can't be written: `write` will say so.
  void fail(std::exception_ptr why) { failure_ = std::move(why); }

  bool write_some(const std::function<bool()>& is_over) override;
  void write(OperatorSnapshot& snapshot, SharedFiles& shared) override;

 private:
  Walk walk_;
  std::exception_ptr failure_;
  std::vector<std::deque<std::string>> rows_;  // of each state, in pieces
};

}  // namespace pf
