#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "control/checkpoint/checkpoint_storage.h"
#include "simulation/file_references.h"
#include "simulation/guarantee.h"

namespace pf::testing {

/// Which records a stage of a program sees: those of these partitions, as often as is guaranteed.
struct Stage {
  std::string uid;
  std::set<int64_t> partitions;
  /// Its keyed state says how many it has seen of each key.
  bool counts_keys = false;
  /// It is always chained to its source.
  bool is_one_with_source = false;
};

/// What outlives the simulated process: the disk with its checkpoints and what sinks have committed. Sees
/// what the process does to them, and remembers what must not have been done. One thread.
///
/// A process that dies is not unwound: it goes on for a while as a ghost, whose files are elsewhere and whose
/// commits nobody takes.
class World {
 public:
  /// Partitions have at most so many records, numbered from `partition * kRecordsApart`, with so many keys.
  World(std::filesystem::path folder, int64_t records, int64_t keys, Guarantee::Mode mode);
  ~World();

  static constexpr int64_t kRecordsApart = 1000;
  /// Those from 3 on are short, so that their readers leave while others go on.
  int64_t all_in(int64_t partition) const { return partition < 3 ? records_ : records_ / 5 + 1; }
  /// Those that are to be read: all, or as many as the job was drained of.
  int64_t records_in(int64_t partition) const {
    auto drained = drained_.find(partition);
    return drained == drained_.end() ? all_in(partition) : drained->second;
  }
  /// The key of a record is its number modulo these.
  int64_t keys() const { return keys_; }

  // The history: the same seed has the same one.
  void note(std::string_view what);
  void note(uint64_t number);
  uint64_t history() const { return history_; }
  /// Printed as it happens, where a person replays a seed.
  bool verbose = false;

  void violate(const std::string& what);
  const std::vector<std::string>& violations() const { return violations_; }

  // The process.
  void begin_process(std::vector<Stage> stages, std::vector<Stage> sources, size_t retained);
  /// Everything that is not durable is gone from here on.
  void die();
  bool alive() const { return alive_; }
  /// The job has reached its end: its checkpoints may go.
  void finish() { finished_ = true; }
  /// They have gone.
  void check_finished();
  /// What the next process goes on from: the latest checkpoint on the disk; null when there is none.
  std::shared_ptr<const Checkpoint> recover();
  /// A savepoint has been made.
  void on_savepoint(const Location& folder);
  Location savepoint_folder() const;
  /// The job is being stopped with a savepoint; when one is complete, `has_stopped`, and the next process
  /// goes on from it. With `drained` there is then nothing left to be read.
  void expect_stop(bool drained);
  bool has_stopped() const { return stopped_at_ && stop_ == Stop::kDone; }
  /// Of the same process: it was not stopped.
  void on_restart();
  /// It starts over, and has told nobody yet what it goes on from: perhaps the savepoint that it was stopped
  /// with.
  bool is_restarting() const { return restarting_; }
  bool is_drained() const { return !drained_.empty(); }
  /// All are to be read again.
  void forget_drain() { drained_.clear(); }
  /// Its folder, which the process makes its own: it is to remove it in the end.
  Location claim();

  // What operators and the storage do.
  void on_restored(std::optional<int64_t> checkpoint);
  void on_notified(int64_t checkpoint, bool complete);
  /// A source has read a partition up to there, or goes on from there.
  void on_read(int64_t partition, int64_t next) {
    if (!alive_) return;
    read_[partition] = next;
    if (stop_ == Stop::kDone) violate("a source reads on, and the job has stopped");
  }
  void commit(const std::string& transaction, uint64_t checkpoint, const std::vector<std::string>& values);
  std::unique_ptr<CheckpointStorage> make_storage(const JobId& job);
  /// Where processes may keep what doesn't outlive them.
  std::filesystem::path scratch_folder() const;

  uint64_t checkpoints() const { return checkpoints_; }
  uint64_t savepoints() const { return savepoints_; }
  uint64_t processes() const { return processes_; }
  /// Records that checkpoints had on their way.
  uint64_t in_flight() const { return in_flight_; }
  /// Records that operators had in their state at cuts that come before these records.
  uint64_t behind_cuts() const { return behind_cuts_; }
  /// Files that checkpoints have in common, stored.
  uint64_t shared_files() const { return shared_files_; }
  std::vector<std::string> committed() const;
  const Guarantee& guarantee() const { return guarantee_; }

 private:
  class ObservedStorage;
  void on_complete(const Checkpoint& checkpoint);
  void on_discard(uint64_t checkpoint);
  void on_put_shared();
  void on_removed_shared();
  /// Looks on the disk for a savepoint of the job that is being stopped.
  void look_for_stop(uint64_t id);
  Checkpoint read_savepoint(const Location& folder);
  void check_cut(const Checkpoint& checkpoint);
  /// What is wrong with how often a stage has counted a record, of whose partition so many are before the
  /// cut.
  std::optional<std::string> wrong_with(const Stage& stage, int64_t record, int64_t times, int64_t read);
  void note_left(const Checkpoint::Operator& op);
  /// What the keyed state of an operator says, as far as it is in rows, of the records that it has seen.
  void check_counts(const Checkpoint::Operator& op, const std::string& where,
                    const std::map<int64_t, int64_t>& seen);
  void report(const FileReferences::Violation& violation) {
    if (violation) violate(*violation);
  }
  /// Records that are texts by then aside.
  std::set<int64_t> in_flight_to(const Checkpoint::Operator& op);
  /// How far each partition had been read.
  std::map<int64_t, int64_t> partitions_read(const Checkpoint& checkpoint);

  const std::filesystem::path folder_;
  const int64_t records_;
  const int64_t keys_;
  Guarantee guarantee_;
  uint64_t history_ = 0xcbf29ce484222325;
  std::vector<std::string> violations_;
  bool alive_ = true;
  bool finished_ = false;
  bool restarting_ = false;
  uint64_t processes_ = 0;
  uint64_t checkpoints_ = 0;
  uint64_t savepoints_ = 0;
  uint64_t in_flight_ = 0;
  uint64_t behind_cuts_ = 0;
  uint64_t shared_files_ = 0;
  std::vector<Stage> stages_;
  std::vector<Stage> sources_;
  size_t retained_ = 1;
  std::optional<FileReferences> files_;  // of the process's job
  std::optional<Location> recovered_at_;
  enum class Stop : uint8_t { kNone, kExpected, kExpectedDrained, kDone };
  Stop stop_ = Stop::kNone;
  std::optional<Location> stopped_at_;  // the last savepoint that ended a job
  std::map<int64_t, int64_t> drained_;  // how far partitions had been read when the job was drained
  std::optional<Location> claimed_;
  std::set<std::filesystem::path> only_of_claimed_;  // files
  std::map<int64_t, int64_t> read_;                  // partitions
  std::set<uint64_t> complete_;                      // in the line of which the process goes on
  std::set<uint64_t> told_complete_;                 // those of which some operator knows
  std::set<std::string> left_;                       // operators that have left
  std::map<std::string, std::vector<std::string>> transactions_;
};

}  // namespace pf::testing
