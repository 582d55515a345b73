#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "model/stream_element.h"
#include "state/column_key_codec.h"
#include "state/key_order.h"

namespace pf {

/// How records choose their way between two operators of possibly different parallelism.
enum class ShipStrategy : uint8_t {
  kForward,
  kHash,
  kRebalance,
  kRescale,
  kShuffle,
  kBroadcast,
  kGlobal,
  kCustom,
};

const char* name_of(ShipStrategy strategy);

/// Forward and rescale connect a subtask with its neighbours only; all others with every receiver.
constexpr bool is_pointwise(ShipStrategy strategy) {
  return strategy == ShipStrategy::kForward || strategy == ShipStrategy::kRescale;
}

/// Chooses channels for one sending subtask; lives on its thread. One of eight, made for a number
/// of channels that does not change.
class Partitioner {
 public:
  enum class Route : uint8_t {
    kWhole,  // the batch goes to the channel in targets[0]
    kAll,    // every channel gets the batch
    kEach,   // row i goes to channel targets[i]
  };

  virtual ~Partitioner() = default;
  /// Called once for each batch with at least one row. Fills `targets` as the answer says.
  virtual Route route(const Batch& batch, std::vector<uint32_t>& targets) = 0;
};

/// By key group: needs `batch.keys`.
std::unique_ptr<Partitioner> make_hash_partitioner(uint32_t channels, uint32_t max_parallelism);
/// Record by record in turn, starting anywhere; also what rescale does within its neighbours.
std::unique_ptr<Partitioner> make_round_robin_partitioner(uint32_t channels, uint64_t seed);
std::unique_ptr<Partitioner> make_shuffle_partitioner(uint32_t channels, uint64_t seed);
std::unique_ptr<Partitioner> make_broadcast_partitioner();
/// Everything to channel 0: global, and forward with its single channel.
std::unique_ptr<Partitioner> make_first_channel_partitioner();

/// Makes the partitioner of a user's function for one sending subtask. Shared by all of them.
class PartitionerFactory {
 public:
  virtual ~PartitionerFactory() = default;
  virtual std::unique_ptr<Partitioner> create(uint32_t channels) const = 0;
  virtual bool needs_lane() const { return false; }
};

/// Finds the key of each row, for one sending subtask; lives on its thread.
class KeyExtractor {
 public:
  virtual ~KeyExtractor() = default;
  /// Sets the keys of a batch. May lay out its values anew, as columns for a native receiver.
  virtual void extract(Batch& batch) = 0;
};

/// A row of one of several columns.
struct ColumnRow {
  const Column* column;
  uint32_t row;
};

class KeyExtractorFactory {
 public:
  virtual ~KeyExtractorFactory() = default;
  virtual std::unique_ptr<KeyExtractor> create() const = 0;
  virtual bool needs_lane() const { return false; }
  /// By which bytes keys are told apart.
  virtual std::shared_ptr<const KeyCodec> key_codec() const { return make_column_key_codec(); }
  /// In which order BATCH mode takes them.
  virtual std::shared_ptr<const KeyOrder> key_order() const { return KeyOrder::of_any(); }
  /// Rows of several columns as one column for an operator on the Python lane; null where there is no such
  /// way.
  virtual ColumnPtr gather(std::span<const ColumnRow> /*rows*/) const { return nullptr; }
};

}  // namespace pf
