#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/restart/restart_strategy.h"
#include "dataflow/exchange/partitioner.h"
#include "dataflow/operator/operator_factory.h"
#include "dataflow/source/source_factory.h"
#include "model/type_info.h"
#include "plan/checkpoint_plan.h"
#include "serde/opaque_columns.h"

namespace pf {

enum class Chaining : uint8_t {
  kAlways,  // may be fused with its predecessor and its successors
  kHead,    // starts a chain
  kNever,
};

enum class Pact : uint8_t { kSource, kOperator, kSink };

inline constexpr int64_t kDefaultBufferTimeoutMillis = 100;

/// One transformation as the user declared it.
struct StreamNode {
  uint32_t id = 0;
  std::string name;
  Pact pact = Pact::kOperator;
  std::shared_ptr<const SourceFactory> source;  // for kSource
  std::shared_ptr<const OperatorFactory> op;    // for the others
  uint32_t parallelism = 1;
  uint32_t max_parallelism = 0;  // 0: derived from the parallelism
  std::string uid;
  std::string uid_hash;                                         // 32 hexadecimal digits, or empty
  std::string description;                                      // empty: the name says it all
  int64_t buffer_timeout_millis = kDefaultBufferTimeoutMillis;  // negative: until a batch is full
  std::string slot_sharing_group = "default";
  Chaining chaining = Chaining::kAlways;
  std::string declared_at;  // file:line
  /// Set for the beginning of a loop: how long after the end of its input records may take to come back, in
  /// milliseconds; 0: for ever.
  std::optional<int64_t> iteration_wait_millis;
  /// Names of the side outputs that somebody reads: output slot i + 1 is side_outputs[i].
  std::vector<std::string> side_outputs;
};

/// A stream between two transformations.
struct StreamEdge {
  uint32_t source = 0;
  uint32_t target = 0;
  int input = 0;  // of the target
  int slot = 0;   // of the source: 0 main, 1.. side outputs
  ShipStrategy strategy = ShipStrategy::kForward;
  bool feedback = false;                                  // runs back to the beginning of a loop
  std::shared_ptr<const KeyExtractorFactory> keys;        // for kHash
  TypeInfoPtr key_type;                                   // likewise; null: nothing that users see
  std::shared_ptr<const PartitionerFactory> partitioner;  // for kCustom
};

/// The program as declared: what `get_execution_plan` shows. Built by one thread, then only read.
class StreamGraph {
 public:
  std::string name = "Flink Streaming Job";
  bool chaining_enabled = true;
  bool chains_different_max_parallelism = true;
  bool batch_mode = false;
  bool object_reuse = false;
  size_t batch_size = 1024;
  RestartSettings restart;
  FailoverStrategy failover = FailoverStrategy::kRegion;
  /// None where no checkpoints are to be taken.
  std::optional<CheckpointPlan> checkpoints;
  /// What the job goes on from; null at a fresh start, and once there is a job, which keeps it for no longer
  /// than it may need it.
  std::shared_ptr<const Checkpoint> restored;
  /// The folder that it lies in, if it becomes the job's own: removed once later checkpoints are enough.
  std::optional<Location> claimed;
  /// What the user gives all functions to read.
  std::map<std::string, std::string> job_parameters;
  /// Reads and writes values that only `bindings/` knows; null where there are none.
  std::shared_ptr<const OpaqueColumns> opaque_columns;
  /// Where keyed operators keep their state.
  std::shared_ptr<const StateBackend> state_backend = make_heap_state_backend();

  /// Ids count from 1, in order of declaration. Throws Error for a parallelism that is 0 or above the limit.
  StreamNode& add_node(StreamNode node);
  /// Throws Error when a forward edge joins unequal parallelisms.
  void add_edge(StreamEdge edge);
  /// The slot at which a side output of a node leaves; the first reader opens it.
  int side_output_slot(uint32_t node, const std::string& tag);

  const std::vector<StreamNode>& nodes() const { return nodes_; }
  const std::vector<StreamEdge>& edges() const { return edges_; }
  StreamNode& node(uint32_t id);
  const StreamNode& node(uint32_t id) const;
  std::vector<const StreamEdge*> edges_into(uint32_t id) const;
  std::vector<const StreamEdge*> edges_out_of(uint32_t id) const;
  /// Of what comes into a node; null where it has none that users see.
  TypeInfoPtr key_type(uint32_t id) const;

  /// In the form of Flink's execution plan: `{"nodes": [{"id", "type", "pact", ...}]}`.
  std::string to_json() const;

 private:
  std::vector<StreamNode> nodes_;
  std::vector<StreamEdge> edges_;
};

}  // namespace pf
