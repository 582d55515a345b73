// What snapshots of keyed state cost: N keys with a value each, a snapshot, a part of them changed, another
// one. usage: checkpoint_churn [heap|rocksdb|incremental] [keys] [changed keys]. Prints one line of JSON.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include "base/clock.h"
#include "state/column_key_codec.h"
#include "state/operator_snapshot.h"
#include "state/rocksdb/rocksdb_state_backend.h"
#include "state/value_state.h"

namespace {

double millis() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Counts what has to be stored anew.
class Uploads final : public pf::SharedFiles {
 public:
  pf::SharedFile keep(const std::string& name, const std::function<std::string()>& read) override {
    if (!stored_.insert(name).second) return {name, 0, 0};
    std::string bytes = read();
    new_bytes_ += bytes.size();
    return {name, bytes.size(), 0};
  }
  size_t take() { return std::exchange(new_bytes_, 0); }

 private:
  std::set<std::string> stored_;
  size_t new_bytes_ = 0;
};

struct Cost {
  double sync_ms;
  double write_ms;
  size_t bytes;
};

Cost snapshot(pf::KeyedStateBackend& state, Uploads& uploads) {
  const double began = millis();
  pf::OperatorSnapshot snapshot{.unwritten = state.freeze({})};
  const double frozen = millis();
  auto unwritten = std::exchange(snapshot.unwritten, nullptr);
  unwritten->write_some([] { return false; });
  unwritten->write(snapshot, uploads);
  size_t bytes = uploads.take();
  if (snapshot.keyed) bytes += snapshot.keyed->bytes().size();
  if (snapshot.files) {
    bytes += snapshot.files->rest->bytes().size();
    for (const auto& [name, own] : snapshot.files->own) bytes += own.size();
  }
  return {frozen - began, millis() - frozen, bytes};
}

}  // namespace

int main(int argc, char** argv) {
  using namespace pf;
  const std::string kind = argc > 1 ? argv[1] : "incremental";
  const int64_t keys = argc > 2 ? std::atoll(argv[2]) : 1'000'000;
  const int64_t changed = argc > 3 ? std::atoll(argv[3]) : keys / 100;

  RocksDbOptions rocksdb;
  rocksdb.incremental = kind == "incremental";
  auto backend = kind == "heap" ? make_heap_state_backend() : make_rocksdb_state_backend(rocksdb);
  SystemClock clock;
  auto codec = make_column_key_codec();
  auto state = backend->create({"bench", 0, 1, 128, &clock, codec, {}});
  ValueState value(*state,
                   state->declare({"v", StateDescriptor::Kind::kValue, make_long_serializer(), {}, {}}));
  std::string key;
  auto put = [&](int64_t number, uint64_t word) {
    key.clear();
    codec->encode(FixedColumn<int64_t>({number}), 0, key);
    state->set_current(key);
    value.put({word});
  };
  for (int64_t i = 0; i < keys; ++i) put(i, 1);
  Uploads uploads;
  const Cost full = snapshot(*state, uploads);
  uint64_t random = 1;
  for (int64_t i = 0; i < changed; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    put(static_cast<int64_t>((random >> 33) % static_cast<uint64_t>(keys)), random);
  }
  const Cost second = snapshot(*state, uploads);
  std::printf(
      "{\"full_bytes\": %zu, \"full_sync_ms\": %.2f, \"full_write_ms\": %.1f, \"second_bytes\": %zu, "
      "\"second_sync_ms\": %.2f, \"second_write_ms\": %.1f, \"second_to_full\": %.4f}\n",
      full.bytes, full.sync_ms, full.write_ms, second.bytes, second.sync_ms, second.write_ms,
      static_cast<double>(second.bytes) / static_cast<double>(full.bytes));
}
