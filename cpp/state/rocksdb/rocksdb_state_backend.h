#pragma once

#include <memory>
#include <string>
#include <vector>

#include "state/state_backend.h"

namespace pf {

/// `state.backend.rocksdb.*`.
struct RocksDbOptions {
  /// Where databases are made, and what they are made of is unpacked, one of them picked for each; empty: the
  /// system's directory for temporary files.
  std::vector<std::string> directories;
  /// For all operators of a job in this process: cache, write buffers, and decoded values.
  size_t memory_bytes = size_t{512} << 20;
  /// False: each subtask has that much for itself.
  bool memory_is_shared = true;
  /// Of what RocksDB has: the part for write buffers, and of the cache, the part that indexes and filters
  /// have before others.
  double write_buffer_ratio = 0.5;
  double high_priority_ratio = 0.1;
  bool partitioned_index_filters = false;
  /// Threads of the process that flush and compact.
  int background_threads = 2;
  /// Large files and levels, as spinning disks like them.
  bool large_files = false;
  /// Entries that stay decoded, for each subtask of an operator.
  size_t cached_entries = 8'192;
  /// So many rows of a state that are written at once become a file; fewer go through its write buffer.
  size_t rows_of_file = 4'096;
  /// Checkpoints name the files that earlier ones have stored, and add what is new.
  bool incremental = false;
  /// False: no thread writes beside the task. What is to be written waits until somebody needs it, and files
  /// are compacted then, so that the same calls always make the same files. For jobs on one thread, in
  /// simulations.
  bool writes_beside = true;
};

/// Keeps state serialized in RocksDB, on local disk, so that it may exceed memory (Flink's
/// `EmbeddedRocksDBStateBackend`). Each subtask of an operator has a database of its own in a directory that
/// goes with it; those that processes left behind when they were killed go when a backend is made. `create`
/// throws Error when that directory can't be made.
std::shared_ptr<const StateBackend> make_rocksdb_state_backend(RocksDbOptions options);

}  // namespace pf
