#pragma once

#include <memory>
#include <vector>

#include "base/task_metrics.h"
#include "dataflow/exchange/channel.h"
#include "dataflow/exchange/partitioner.h"

namespace pf {

/// One outgoing edge of one subtask: its key extractor, partitioner and channels. Lives on the
/// task's thread; the channels belong to the job. Holds nothing back, so nothing to checkpoint.
class RecordWriter {
 public:
  RecordWriter(std::unique_ptr<KeyExtractor> keys, std::unique_ptr<Partitioner> partitioner,
               std::vector<Channel*> channels, TaskMetrics& metrics);

  /// Whether every channel has credit, so that any element can be written. A "no" ends in a wake.
  bool ready();
  /// Before anything is written: readers are told of barriers and of the end while these are far.
  void announce_barriers() { announces_barriers_ = true; }
  /// Whether all that was written without credit has found room. A "no" ends in a wake.
  bool catch_up();
  /// Only after `ready` said yes, unless in a hurry. Rows are partitioned; everything else goes to all
  /// channels.
  void write(StreamElement element);
  /// Shows every reader what has been written to it. To be called before the task rests, or
  /// does anything that may take long.
  void announce();

 private:
  void write_batch(Batch batch);
  void send(uint32_t channel, Batch batch);

  std::unique_ptr<KeyExtractor> keys_;
  std::unique_ptr<Partitioner> partitioner_;
  std::vector<Channel*> channels_;
  TaskMetrics& metrics_;
  bool unannounced_ = false;
  bool announces_barriers_ = false;
  std::vector<uint32_t> targets_;
  std::vector<std::vector<uint32_t>> rows_of_channel_;
};

}  // namespace pf
