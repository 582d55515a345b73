#include "testing/checkpoint_shelf.h"

#include <utility>

#include "base/error.h"
#include "control/checkpoint/checkpoint_format.h"

namespace pf {
namespace {

Checkpoint decode(const std::string& bytes, const std::map<std::string, std::string>& shared,
                  const LoadOptions& options = {}) {
  auto read = [&](const SharedFile& file) { return checked_shared(shared.at(file.name), file, file.name); };
  return decode_checkpoint(
      bytes, [](const StateFile&) -> OperatorSnapshot { return {}; },
      [&](KeyedFiles files) { return std::make_shared<UnpackedFiles>(std::move(files), read); }, options);
}

}  // namespace

class CheckpointShelf::Storage final : public CheckpointStorage {
 public:
  Storage(std::shared_ptr<CheckpointShelf> shelf, uint64_t process)
      : shelf_(std::move(shelf)), process_(process) {}

  void store(const Checkpoint& checkpoint) override {
    std::string bytes =
        encode(checkpoint, [](const auto&, uint32_t, const OperatorSnapshot&) { return StateFile{}; });
    std::lock_guard lock(shelf_->mutex_);
    if (is_open()) shelf_->kept_[checkpoint.id] = std::move(bytes);
  }
  Checkpoint load(uint64_t id, const LoadOptions& options) const override {
    std::lock_guard lock(shelf_->mutex_);
    auto found = shelf_->kept_.find(id);
    if (found == shelf_->kept_.end()) throw Error("there is no checkpoint " + std::to_string(id));
    return decode(found->second, shelf_->shared_, options);
  }
  bool discard(uint64_t id) override {
    std::lock_guard lock(shelf_->mutex_);
    return is_open() && shelf_->kept_.erase(id) > 0;
  }
  void put_shared(const std::string& name, std::string_view bytes) override {
    std::lock_guard lock(shelf_->mutex_);
    if (is_open()) shelf_->shared_[name] = bytes;
  }
  void remove_shared(const std::vector<std::string>& names) override {
    std::lock_guard lock(shelf_->mutex_);
    for (const std::string& name : names) {
      if (is_open()) shelf_->shared_.erase(name);
    }
  }
  std::string location(uint64_t) const override { return {}; }

 private:
  bool is_open() const { return shelf_->process_ == process_; }

  const std::shared_ptr<CheckpointShelf> shelf_;
  const uint64_t process_;
};

std::unique_ptr<CheckpointStorage> CheckpointShelf::open() {
  std::lock_guard lock(mutex_);
  return std::make_unique<Storage>(shared_from_this(), ++process_);
}

void CheckpointShelf::close() {
  std::lock_guard lock(mutex_);
  ++process_;
}

std::shared_ptr<const Checkpoint> CheckpointShelf::latest() const {
  std::lock_guard lock(mutex_);
  if (kept_.empty()) return nullptr;
  return std::make_shared<Checkpoint>(decode(kept_.rbegin()->second, shared_));
}

}  // namespace pf
