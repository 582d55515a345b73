#include <map>

#include "base/error.h"
#include "control/checkpoint/checkpoint_format.h"
#include "control/checkpoint/checkpoint_storage.h"
#include "control/checkpoint/state_sizes.h"

namespace pf {
namespace {

class MemoryCheckpointStorage final : public CheckpointStorage {
 public:
  explicit MemoryCheckpointStorage(size_t max_state_bytes) : max_state_bytes_(max_state_bytes) {}

  void store(const Checkpoint& checkpoint) override {
    check_state_sizes(checkpoint, max_state_bytes_);
    kept_.insert_or_assign(checkpoint.id, checkpoint);
  }

  Checkpoint load(uint64_t id, const LoadOptions& options) const override {
    auto found = kept_.find(id);
    if (found == kept_.end()) throw Error("there is no checkpoint " + std::to_string(id));
    Checkpoint loaded = found->second;
    for (Checkpoint::Operator& op : loaded.operators) {
      const bool is_needed = options.has_state_of(op.id);
      for (Checkpoint::Subtask& subtask : op.subtasks) {
        if (!is_needed) subtask.state = nullptr;
        if (!subtask.state || !subtask.state->files) continue;
        auto unpacked = std::make_shared<OperatorSnapshot>(*subtask.state);
        unpacked->unpacked = std::make_shared<UnpackedFiles>(
            *unpacked->files, [this](const SharedFile& file) { return shared_.at(file.name); },
            options.folder());
        unpacked->files = nullptr;
        subtask.state = std::move(unpacked);
      }
    }
    return loaded;
  }

  void put_shared(const std::string& name, std::string_view bytes) override { shared_[name] = bytes; }
  void remove_shared(const std::vector<std::string>& names) override {
    for (const std::string& name : names) shared_.erase(name);
  }

  bool discard(uint64_t id) override {
    kept_.erase(id);
    return true;
  }
  std::string location(uint64_t) const override { return {}; }

 private:
  const size_t max_state_bytes_;
  std::map<uint64_t, Checkpoint> kept_;
  std::map<std::string, std::string> shared_;
};

}  // namespace

std::unique_ptr<CheckpointStorage> make_memory_checkpoint_storage(size_t max_state_bytes) {
  return std::make_unique<MemoryCheckpointStorage>(max_state_bytes);
}

}  // namespace pf
