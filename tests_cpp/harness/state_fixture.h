#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "harness/counted_values.h"
#include "harness/memory_store.h"
#include "state/column_key_codec.h"
#include "state/keyed_state_backend.h"
#include "state/rocksdb/rocksdb_state_store.h"

namespace pf::testing {

/// The backends that all have to behave alike.
enum class BackendKind { kHeap, kMemoryStore, kRocksDb };
inline constexpr BackendKind kBackendKinds[] = {BackendKind::kHeap, BackendKind::kMemoryStore,
                                                BackendKind::kRocksDb};

inline std::string name_of(BackendKind kind) {
  return kind == BackendKind::kHeap ? "Heap" : kind == BackendKind::kMemoryStore ? "MemoryStore" : "RocksDb";
}

/// A directory under the system's temporary one that goes with it.
class TempDirectory {
 public:
  TempDirectory() {
    std::string path = (std::filesystem::temp_directory_path() / "pyflinkpp-test-XXXXXX").string();
    PF_CHECK(::mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~TempDirectory() { std::filesystem::remove_all(path_); }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::unique_ptr<RocksDbStateStore> open_rocksdb(const std::filesystem::path& directory,
                                                       const Clock* clock,
                                                       const UnpackedFiles* files = nullptr) {
  RocksDbOptions options;
  options.memory_bytes = 16 << 20;
  options.incremental = true;
  // Little of what is written stays in memory, and goes to the database both ways.
  options.rows_of_file = 32;
  auto memory = std::make_shared<RocksDbMemory>(options);
  memory->rows = std::make_shared<MemoryBudget>(64 << 10);
  return std::make_unique<RocksDbStateStore>(ScratchDirectory(directory), "a test", options,
                                             std::move(memory), clock, files);
}

/// All rows of the files.
inline std::shared_ptr<const KeyedSnapshot> rows_of(const UnpackedFiles& files) {
  std::map<std::string, KeyedStateInfo> states;
  for (const KeyedStateInfo& state : files.states()) states.emplace(state.name, state);
  KeyedSnapshotWriter out(files.files().rest->max_parallelism());
  for (const auto& [name, state] : states) {
    out.begin_state(state);
    files.for_each_row(name, {}, [&](const KeyedStateInfo&, const KeyedRow& row) { out.add_row(row); });
  }
  return std::make_shared<KeyedSnapshot>(out.finish());
}

/// A backend of the kind for LONG keys; `cached_entries` are few above a store, so that much is evicted.
inline std::unique_ptr<KeyedStateBackend> open_backend(BackendKind kind, const Clock& clock,
                                                       KeyedStateBackend::Options options = {}) {
  options.clock = &clock;
  options.keys = make_column_key_codec();
  if (kind == BackendKind::kMemoryStore) options.store = std::make_unique<MemoryStore>();
  if (kind == BackendKind::kRocksDb) {
    std::string path = (std::filesystem::temp_directory_path() / "pyflinkpp-test-XXXXXX").string();
    PF_CHECK(::mkdtemp(path.data()) != nullptr);
    options.store = open_rocksdb(path, &clock, options.restored_files.get());  // takes the directory with it
  }
  return std::make_unique<KeyedStateBackend>(std::move(options));
}

/// The bytes of a LONG key.
inline std::string long_key(int64_t key) {
  std::string bytes;
  make_column_key_codec()->encode(FixedColumn<int64_t>({key}), 0, bytes);
  return bytes;
}

}  // namespace pf::testing
