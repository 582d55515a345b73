#include "simulation/world.h"

#include <algorithm>
#include <iostream>
#include <sstream>
#include <utility>

#include "control/checkpoint/checkpoint_format.h"
#include "control/checkpoint/checkpoint_leftovers.h"
#include "serde/bytes.h"
#include "serde/element_bytes.h"

namespace pf::testing {
namespace {

namespace fs = std::filesystem;

const char* const kDisk = "disk";
const char* const kFrozen = "disk-of-the-dead";
const char* const kMetadata = "_metadata";

/// Calls back for each item of a list state of all subtasks of an operator. True when one of them has left,
/// of which nothing is remembered.
bool for_each_item(const Checkpoint::Operator& op, std::string_view state,
                   const std::function<void(const Checkpoint::Subtask&, std::string_view)>& visitor) {
  bool gone = false;
  for (const Checkpoint::Subtask& subtask : op.subtasks) {
    const auto* found = subtask.state && subtask.state->lists ? subtask.state->lists->find(state) : nullptr;
    gone |= !found && subtask.ended;
    if (!found) continue;
    for (std::string_view item : found->items) visitor(subtask, ByteReader(item).get_bytes());
  }
  return gone;
}

}  // namespace

/// Tells the world what is stored and discarded by a process that lives.
class World::ObservedStorage final : public CheckpointStorage {
 public:
  ObservedStorage(World& world, std::unique_ptr<CheckpointStorage> storage)
      : world_(world), storage_(std::move(storage)) {}

  void store(const Checkpoint& checkpoint) override {
    storage_->store(checkpoint);
    world_.on_complete(checkpoint);
  }
  Checkpoint load(uint64_t id, const LoadOptions& options) const override {
    return storage_->load(id, options);
  }
  bool discard(uint64_t id) override {
    world_.on_discard(id);
    return storage_->discard(id);
  }
  void put_shared(const std::string& name, std::string_view bytes) override {
    storage_->put_shared(name, bytes);
    world_.on_put_shared();
  }
  void remove_shared(const std::vector<std::string>& names) override {
    storage_->remove_shared(names);
    world_.on_removed_shared();
  }
  std::optional<std::vector<SharedFile>> take_over(const Location& checkpoint,
                                                   const std::vector<SharedFile>& files) override {
    return storage_->take_over(checkpoint, files);
  }
  void goes_on_from(const JobId& origin) override { storage_->goes_on_from(origin); }
  void close(bool is_empty) override { storage_->close(is_empty); }
  std::string location(uint64_t id) const override { return storage_->location(id); }

 private:
  World& world_;
  const std::unique_ptr<CheckpointStorage> storage_;
};

World::World(fs::path folder, int64_t records, int64_t keys, Guarantee::Mode mode)
    : folder_(std::move(folder)), records_(records), keys_(keys), guarantee_(mode) {}

World::~World() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void World::note(std::string_view what) {
  if (!alive_) return;
  if (verbose) std::cerr << what << '\n';
  for (char byte : what) history_ = (history_ ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
}

void World::note(uint64_t number) {
  if (alive_) history_ = (history_ ^ number) * 0x100000001b3;
}

void World::violate(const std::string& what) {
  if (!alive_) return;
  note("VIOLATED: " + what);
  violations_.push_back(what);
}

void World::begin_process(std::vector<Stage> stages, std::vector<Stage> sources, size_t retained) {
  alive_ = true;
  finished_ = false;
  restarting_ = false;
  ++processes_;
  guarantee_.begin_life();
  stages_ = std::move(stages);
  sources_ = std::move(sources);
  retained_ = retained;
  note("process " + std::to_string(processes_));
}

void World::die() {
  if (!alive_) return;
  note("the process dies");
  alive_ = false;
  if (fs::exists(folder_ / kDisk)) fs::rename(folder_ / kDisk, folder_ / kFrozen);
}

std::shared_ptr<const Checkpoint> World::recover() {
  fs::remove_all(folder_ / kDisk);
  if (fs::exists(folder_ / kFrozen)) fs::rename(folder_ / kFrozen, folder_ / kDisk);
  claimed_.reset();
  std::shared_ptr<const Checkpoint> latest;
  std::vector<std::string> damaged;
  for (const Location& path : find_checkpoints(folder_ / kDisk)) {
    try {
      Checkpoint found = load_checkpoint(path);
      if (latest && found.id < latest->id) continue;
      latest = std::make_shared<Checkpoint>(std::move(found));
      recovered_at_ = path;
    } catch (const DamagedCheckpoint& why) {
      damaged.emplace_back(why.what());
    }
  }
  // What the process has left over goes, if somebody thinks of it.
  FileReferences::Violation left_over;
  if (latest && history_ % 2 == 0) {
    remove_leftovers(*recovered_at_);
    left_over = FileReferences::on_recovered(folder_ / kDisk, recovered_at_->parent());
  }
  if (stopped_at_ && (*stopped_at_ / kMetadata).read()) {
    Checkpoint stopped = load_checkpoint(*stopped_at_);
    if (!latest || stopped.id > latest->id) {
      latest = std::make_shared<Checkpoint>(std::move(stopped));
      recovered_at_ = stopped_at_;
    }
  }
  alive_ = true;
  stop_ = Stop::kNone;
  for (const std::string& why : damaged) violate(why);
  report(left_over);
  uint64_t found = latest ? latest->id : 0;
  if (!complete_.empty() && *complete_.rbegin() > found) {
    violate("checkpoint " + std::to_string(*complete_.rbegin()) + " was complete, and of it the disk kept " +
            std::to_string(found));
  }
  complete_.erase(complete_.upper_bound(found), complete_.end());
  told_complete_.erase(told_complete_.upper_bound(found), told_complete_.end());
  if (latest) complete_.insert(found);
  if (latest) check_cut(*latest);
  note("recovered from " + std::to_string(found));
  return latest;
}

void World::on_restart() {
  if (!alive_) return;
  guarantee_.begin_life();
  restarting_ = true;
  if (stop_ == Stop::kDone) stop_ = Stop::kNone;
}

Location World::savepoint_folder() const { return Location(folder_ / kDisk) / "savepoints"; }

void World::expect_stop(bool drained) { stop_ = drained ? Stop::kExpectedDrained : Stop::kExpected; }

void World::on_savepoint(const Location& folder) {
  if (!alive_) return;
  note("a savepoint is made");
  ++savepoints_;
  check_cut(read_savepoint(folder));
}

Checkpoint World::read_savepoint(const Location& folder) {
  if (!shared_files_of((folder / kMetadata).read().value()).empty()) {
    violate("a savepoint refers to files of checkpoints");
  }
  // The job doesn't notice.
  alive_ = false;
  Checkpoint savepoint = load_checkpoint(folder);
  alive_ = true;
  for (const Checkpoint::Operator& op : savepoint.operators) {
    for (const Checkpoint::Subtask& subtask : op.subtasks) {
      if (subtask.state && subtask.state->in_flight) violate("a savepoint has something in flight");
    }
  }
  return savepoint;
}

void World::look_for_stop(uint64_t id) {
  if (!alive_ || (stop_ != Stop::kExpected && stop_ != Stop::kExpectedDrained)) return;
  for (const auto& [file, written] : savepoint_folder().find(1)) {
    if (file.name() != kMetadata) continue;
    Checkpoint savepoint = read_savepoint(file.parent());
    if (savepoint.id != id) continue;
    note("the job stops with its savepoint");
    complete_.insert(id);
    check_cut(savepoint);
    if (stop_ == Stop::kExpectedDrained) drained_ = partitions_read(savepoint);
    stopped_at_ = file.parent();
    stop_ = Stop::kDone;
    return;
  }
}

Location World::claim() {
  note("claimed");
  claimed_ = recovered_at_;
  only_of_claimed_ = FileReferences::only_of(folder_ / kDisk, *claimed_);
  return *claimed_;
}

void World::on_restored(std::optional<int64_t> checkpoint) {
  restarting_ = false;
  if (checkpoint && !complete_.contains(static_cast<uint64_t>(*checkpoint))) {
    look_for_stop(static_cast<uint64_t>(*checkpoint));
    if (stop_ == Stop::kDone) stop_ = Stop::kNone;
  }
  uint64_t latest = complete_.empty() ? 0 : *complete_.rbegin();
  if (static_cast<uint64_t>(checkpoint.value_or(0)) == latest) return;
  violate("an operator goes on from checkpoint " + std::to_string(checkpoint.value_or(0)) + ", but " +
          std::to_string(latest) + " is complete");
}

void World::on_notified(int64_t checkpoint, bool complete) {
  const auto id = static_cast<uint64_t>(checkpoint);
  if (complete && !complete_.contains(id)) look_for_stop(id);
  if (complete) told_complete_.insert(id);
  // Stored behind a later one, nobody goes on from it.
  const bool is_overtaken = complete_.upper_bound(id) != complete_.end() && !told_complete_.contains(id);
  if (complete_.contains(id) == complete || (!complete && is_overtaken)) return;
  violate("an operator was told that checkpoint " + std::to_string(checkpoint) +
          (complete ? " is complete" : " was given up") + ", which is not so");
}

void World::commit(const std::string& transaction, uint64_t checkpoint,
                   const std::vector<std::string>& values) {
  if (!alive_) return;
  note("commit " + transaction);
  // Its own, or a later one that holds it as well.
  if (complete_.lower_bound(checkpoint) == complete_.end()) {
    violate("the transaction " + transaction + " was committed before its checkpoint was complete");
  }
  auto [at, is_new] = transactions_.try_emplace(transaction, values);
  if (!is_new && at->second != values) violate("the transaction " + transaction + " has changed");
}

std::unique_ptr<CheckpointStorage> World::make_storage(const JobId& job) {
  files_.emplace(folder_ / kDisk, job.hex());
  // Small states in the metadata, others in files of their own.
  FileStorageOptions options{folder_ / kDisk, 64};
  return std::make_unique<ObservedStorage>(*this, make_file_checkpoint_storage(std::move(options), job));
}

fs::path World::scratch_folder() const {
  fs::path folder = folder_ / "scratch";
  fs::create_directories(folder);
  return folder;
}

void World::on_complete(const Checkpoint& checkpoint) {
  if (!alive_) return;
  note("complete " + std::to_string(checkpoint.id));
  ++checkpoints_;
  if (!complete_.insert(checkpoint.id).second) {
    violate("there was a checkpoint " + std::to_string(checkpoint.id) + " before");
  }
  report(files_->on_complete(checkpoint));
  check_cut(checkpoint);
}

void World::on_discard(uint64_t checkpoint) {
  if (!alive_) return;
  note("discard " + std::to_string(checkpoint));
  files_->on_discard(checkpoint);
  if (!finished_ && !complete_.empty() && checkpoint == *complete_.rbegin()) {
    violate("checkpoint " + std::to_string(checkpoint) + " is discarded, and is the latest");
  }
}

void World::on_put_shared() {
  if (!alive_) return;
  note("put a shared file");
  ++shared_files_;
}

void World::on_removed_shared() {
  if (!alive_) return;
  note("removed shared files");
  report(files_->on_removed());
}

void World::check_finished() {
  if (!alive_) return;
  report(files_->on_finished());
  if (claimed_) report(FileReferences::on_claimed_removed(folder_ / kDisk, *claimed_, only_of_claimed_));
}

void World::check_cut(const Checkpoint& checkpoint) {
  std::map<int64_t, int64_t> read = partitions_read(checkpoint);
  std::set<int64_t> on_their_way;
  for (const Checkpoint::Operator& op : checkpoint.operators) on_their_way.merge(in_flight_to(op));
  for (const Stage& stage : stages_) {
    const Checkpoint::Operator* op = checkpoint.find(stage.uid);
    std::string where = stage.uid + " of checkpoint " + std::to_string(checkpoint.id);
    if (!op) return violate("there is nothing of " + where);
    std::map<int64_t, int64_t> seen;
    bool gone = for_each_item(*op, "ledger", [&](const auto&, std::string_view item) {
      for (ByteReader in(item); !in.at_end();) ++seen[static_cast<int64_t>(in.get_fixed64())];
    });
    const std::set<int64_t> in_flight = in_flight_to(*op);
    for (const auto& [record, times] : seen) {
      if (in_flight.contains(record)) {
        return violate(where + " has record " + std::to_string(record) + ", and it is on its way there");
      }
      auto wrong = wrong_with(stage, record, times, read[record / kRecordsApart]);
      if (wrong) return violate(where + *wrong);
    }
    if (gone) note_left(*op);
    if (left_.contains(stage.uid)) continue;
    if (stage.counts_keys) check_counts(*op, where, seen);
    for (int64_t partition : stage.partitions) {
      for (int64_t i = 0; i < read[partition]; ++i) {
        const int64_t record = partition * kRecordsApart + i;
        if (seen.contains(record) || on_their_way.contains(record)) continue;
        return violate(where + *wrong_with(stage, record, 0, read[partition]));
      }
    }
  }
}

std::optional<std::string> World::wrong_with(const Stage& stage, int64_t record, int64_t times,
                                             int64_t read) {
  const int64_t partition = record / kRecordsApart;
  const int64_t place = record % kRecordsApart;
  const std::string what = " record " + std::to_string(record);
  if (!stage.partitions.contains(partition) || place >= all_in(partition))
    return " has" + what + " of nobody";
  const bool is_before = place < read;
  const auto [least, most] = guarantee_.times_counted(is_before, stage.is_one_with_source);
  if (!is_before && times > 0) ++behind_cuts_;
  if (times >= least && times <= most) return std::nullopt;
  const std::string which = is_before ? ", which is before the cut" : ", which is behind the cut";
  if (times == 0) return " has not" + what + which;
  return " has" + what + " " + std::to_string(times) + " times" + which;
}

void World::check_counts(const Checkpoint::Operator& op, const std::string& where,
                         const std::map<int64_t, int64_t>& seen) {
  std::map<std::string, std::map<std::string, uint64_t, std::less<>>> states;
  for (const Checkpoint::Subtask& subtask : op.subtasks) {
    if (!subtask.state || subtask.state->files) return;
    if (!subtask.state->has_keyed_state()) continue;
    try {
      for (const KeyedStateInfo& state : subtask.state->keyed_states()) {
        subtask.state->for_each_keyed_row(state.name, {}, [&](const KeyedStateInfo&, const KeyedRow& row) {
          states[state.name][std::string(row.entry)] = ByteReader(row.value).get_fixed64();
        });
      }
    } catch (const Error& damaged) {
      return violate(where + ": " + damaged.what());
    }
  }
  std::map<int64_t, uint64_t> counts;
  for (const auto& [record, times] : seen) counts[record % keys_] += static_cast<uint64_t>(times);
  if (counts.size() != states["count"].size())
    return violate(where + " has counted records of " + std::to_string(states["count"].size()) +
                   " keys, and has seen those of " + std::to_string(counts.size()));
  for (const auto& [entry, count] : states["count"]) {
    auto key = static_cast<int64_t>(states["key"][entry]);
    if (counts[key] == count) continue;
    return violate(where + " has counted " + std::to_string(count) + " records of key " +
                   std::to_string(key) + ", and has seen " + std::to_string(counts[key]));
  }
}

std::set<int64_t> World::in_flight_to(const Checkpoint::Operator& op) {
  std::set<int64_t> records;
  for (const Checkpoint::Subtask& subtask : op.subtasks) {
    if (!subtask.state || !subtask.state->in_flight) continue;
    for (const auto& channel : subtask.state->in_flight->channels()) {
      for (ByteReader in(channel.elements); !in.at_end();) {
        StreamElement element = read_element(in, nullptr);
        const auto* batch = std::get_if<Batch>(&element);
        const auto* numbers =
            batch ? dynamic_cast<const FixedColumn<int64_t>*>(batch->values.get()) : nullptr;
        if (!numbers) continue;
        in_flight_ += numbers->size();
        for (int64_t record : numbers->values()) {
          if (records.insert(record).second) continue;
          violate("record " + std::to_string(record) + " is twice on its way to " + op.id);
        }
      }
    }
  }
  return records;
}

std::map<int64_t, int64_t> World::partitions_read(const Checkpoint& checkpoint) {
  std::map<int64_t, int64_t> read;
  for (const Stage& source : sources_) {
    const Checkpoint::Operator* op = checkpoint.find(source.uid);
    if (!op) {
      violate("checkpoint " + std::to_string(checkpoint.id) + " has nothing of " + source.uid);
      continue;
    }
    bool gone = for_each_item(*op, "splits", [&](const Checkpoint::Subtask& subtask, std::string_view item) {
      std::istringstream in{std::string(item)};
      int64_t partition = 0;
      int64_t next = 0;
      in >> partition >> next;
      if (read.contains(partition)) violate("two readers have partition " + std::to_string(partition));
      // Nothing may be remembered of one that had ended before the process began.
      read[partition] = subtask.ended ? read_[partition] : next;
    });
    if (gone) note_left(*op);
    for (int64_t partition : source.partitions) {
      if (read.contains(partition)) continue;
      if (!left_.contains(source.uid)) violate("nobody has partition " + std::to_string(partition));
      read[partition] = read_[partition];
    }
  }
  return read;
}

void World::note_left(const Checkpoint::Operator& op) {
  left_.insert(op.id);
  for (const Checkpoint::Subtask& subtask : op.subtasks) {
    if (!subtask.ended) violate("a subtask of '" + op.name + "' has left before all of them have ended");
  }
}

std::vector<std::string> World::committed() const {
  std::vector<std::string> all;
  for (const auto& [name, values] : transactions_) all.insert(all.end(), values.begin(), values.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace pf::testing
