#include "dataflow/exchange/partitioner.h"

#include "base/error.h"
#include "model/key_group.h"

namespace pf {
namespace {

class HashPartitioner final : public Partitioner {
 public:
  HashPartitioner(uint32_t channels, uint32_t max_parallelism)
      : channels_(channels), max_parallelism_(max_parallelism) {}

  Route route(const Batch& batch, std::vector<uint32_t>& targets) override {
    if (channels_ == 1) {
      targets.assign(1, 0);
      return Route::kWhole;
    }
    PF_CHECK(batch.keys != nullptr);
    codes_.resize(batch.size());
    batch.keys->hash_codes(codes_);
    targets.resize(batch.size());
    for (size_t i = 0; i < codes_.size(); ++i) {
      uint32_t group = key_group_of(codes_[i], max_parallelism_);
      targets[i] = subtask_of_key_group(group, max_parallelism_, channels_);
    }
    return Route::kEach;
  }

 private:
  uint32_t channels_;
  uint32_t max_parallelism_;
  std::vector<int32_t> codes_;
};

class RoundRobinPartitioner final : public Partitioner {
 public:
  RoundRobinPartitioner(uint32_t channels, uint64_t seed)
      : channels_(channels), next_(static_cast<uint32_t>(seed % channels)) {}

  Route route(const Batch& batch, std::vector<uint32_t>& targets) override {
    if (batch.size() == 1 || channels_ == 1) {
      targets.assign(1, next_);
      next_ = (next_ + 1) % channels_;
      return Route::kWhole;
    }
    targets.resize(batch.size());
    for (auto& target : targets) {
      target = next_;
      next_ = next_ + 1 == channels_ ? 0 : next_ + 1;
    }
    return Route::kEach;
  }

 private:
  uint32_t channels_;
  uint32_t next_;
};

class ShufflePartitioner final : public Partitioner {
 public:
  ShufflePartitioner(uint32_t channels, uint64_t seed) : random_(seed), pick_(0, channels - 1) {}

  Route route(const Batch& batch, std::vector<uint32_t>& targets) override {
    targets.resize(batch.size());
    for (auto& target : targets) target = pick_(random_);
    return Route::kEach;
  }

 private:
  std::mt19937_64 random_;
  std::uniform_int_distribution<uint32_t> pick_;
};

class BroadcastPartitioner final : public Partitioner {
 public:
  Route route(const Batch&, std::vector<uint32_t>&) override { return Route::kAll; }
};

class FirstChannelPartitioner final : public Partitioner {
 public:
  Route route(const Batch&, std::vector<uint32_t>& targets) override {
    targets.assign(1, 0);
    return Route::kWhole;
  }
};

}  // namespace

const char* name_of(ShipStrategy strategy) {
  switch (strategy) {
    case ShipStrategy::kForward:
      return "FORWARD";
    case ShipStrategy::kHash:
      return "HASH";
    case ShipStrategy::kRebalance:
      return "REBALANCE";
    case ShipStrategy::kRescale:
      return "RESCALE";
    case ShipStrategy::kShuffle:
      return "SHUFFLE";
    case ShipStrategy::kBroadcast:
      return "BROADCAST";
    case ShipStrategy::kGlobal:
      return "GLOBAL";
    case ShipStrategy::kCustom:
      return "CUSTOM";
  }
  return "";
}

std::unique_ptr<Partitioner> make_hash_partitioner(uint32_t channels, uint32_t max_parallelism) {
  return std::make_unique<HashPartitioner>(channels, max_parallelism);
}

std::unique_ptr<Partitioner> make_round_robin_partitioner(uint32_t channels, uint64_t seed) {
  return std::make_unique<RoundRobinPartitioner>(channels, seed);
}

std::unique_ptr<Partitioner> make_shuffle_partitioner(uint32_t channels, uint64_t seed) {
  return std::make_unique<ShufflePartitioner>(channels, seed);
}

std::unique_ptr<Partitioner> make_broadcast_partitioner() { return std::make_unique<BroadcastPartitioner>(); }

std::unique_ptr<Partitioner> make_first_channel_partitioner() {
  return std::make_unique<FirstChannelPartitioner>();
}

}  // namespace pf
