#include "state/rocksdb/rocksdb_state_backend.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/temporary_folder.h"
#include "state/rocksdb/rocksdb_state_store.h"
#include "state/rocksdb/scratch_directory.h"

namespace pf {
namespace {

namespace fs = std::filesystem;

/// A new directory for one database.
ScratchDirectory make_directory(const fs::path& parent, const std::string& owner) {
  try {
    return ScratchDirectory::in(parent, kScratchPrefix);
  } catch (const std::system_error& error) {
    throw Error(
        "the state of " + owner + " can't be kept in '" + parent.string() + "': " + error.code().message() +
        "; set state.backend.rocksdb.localdir to a directory that can be written, on a disk with room");
  }
}

class RocksDbStateBackend final : public StateBackend {
 public:
  explicit RocksDbStateBackend(RocksDbOptions options) : options_(std::move(options)) {
    if (options_.memory_is_shared) shared_memory_ = std::make_shared<RocksDbMemory>(options_);
    if (options_.directories.empty()) options_.directories.push_back(temporary_folder().string());
    for (const std::string& parent : options_.directories) {
      ScratchDirectory::remove_abandoned(parent, kScratchPrefix);
    }
  }

  std::unique_ptr<KeyedStateBackend> create(const StateOwner& owner) const override {
    std::string name = "operator '" + owner.operator_id + "' (subtask " + std::to_string(owner.subtask + 1) +
                       "/" + std::to_string(owner.parallelism) + ")";
    auto memory = shared_memory_ ? shared_memory_ : std::make_shared<RocksDbMemory>(options_);
    const auto files = owner.own_files();
    const fs::path parent = files && is_own(files->folder()) ? files->folder() : next(databases_);
    KeyedStateBackend::Options options = files ? owner.empty_backend_options() : owner.backend_options();
    options.restored_files = files;
    options.cached_entries = options_.cached_entries;
    options.cached_bytes = memory->decoded;
    options.store = std::make_unique<RocksDbStateStore>(make_directory(parent, name), name, options_, memory,
                                                        owner.clock, files.get());
    return std::make_unique<KeyedStateBackend>(std::move(options));
  }

  fs::path folder_for_files() const override { return next(unpacked_); }

 private:
  fs::path next(std::atomic<size_t>& taken) const {
    return options_.directories[taken++ % options_.directories.size()];
  }
  /// Then it may be on another disk than the next one, where files would have to be copied.
  bool is_own(const fs::path& folder) const {
    const auto& own = options_.directories;
    return std::find(own.begin(), own.end(), folder) != own.end();
  }

  RocksDbOptions options_;
  std::shared_ptr<RocksDbMemory> shared_memory_;  // null: each database has its own
  mutable std::atomic<size_t> databases_{0};      // made so far: directories take turns, ...
  mutable std::atomic<size_t> unpacked_{0};       // ... and for files that databases are made of
};

}  // namespace

std::shared_ptr<const StateBackend> make_rocksdb_state_backend(RocksDbOptions options) {
  return std::make_shared<RocksDbStateBackend>(std::move(options));
}

}  // namespace pf
