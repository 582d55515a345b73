// Memory and time of keyed state: N keys with a value and an event timer each, on the heap or in RocksDB.
// usage: state_memory [heap|rocksdb] [keys] [memory cap in MiB]. Prints one line of JSON.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "control/time/timer_service.h"
#include "state/column_key_codec.h"
#include "state/rocksdb/rocksdb_state_backend.h"
#include "state/value_state.h"

namespace {

/// Of this process, in bytes.
size_t resident() {
  std::ifstream statm("/proc/self/statm");
  size_t pages = 0;
  statm >> pages >> pages;
  return pages * 4096;
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace pf;
  std::string kind = argc > 1 ? argv[1] : "heap";
  int64_t keys = argc > 2 ? std::atoll(argv[2]) : 1'000'000;
  size_t cap = (argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 256) << 20;

  RocksDbOptions rocksdb;
  rocksdb.memory_bytes = cap;
  auto backend = kind == "heap" ? make_heap_state_backend() : make_rocksdb_state_backend(rocksdb);
  SystemClock clock;
  auto codec = make_column_key_codec();
  auto state = backend->create({"bench", 0, 1, 128, &clock, codec, {}});
  TimerService timers(*state, clock, [](int64_t) {});
  ValueState value(*state,
                   state->declare({"v", StateDescriptor::Kind::kValue, make_long_serializer(), {}, {}}));

  std::string key;
  auto visit = [&](int64_t number) {
    key.clear();
    codec->encode(FixedColumn<int64_t>({number}), 0, key);
    state->set_current(key);
  };
  size_t before = resident();
  double start = seconds();
  for (int64_t i = 0; i < keys; ++i) {
    visit(i);
    value.put({static_cast<uint64_t>(i)});
    timers.register_event_timer(1'000 + i % 60'000);
  }
  double filled = seconds();
  size_t memory = resident() - before;
  uint64_t random = 1;
  int64_t reads = keys / 2;
  for (int64_t i = 0; i < reads; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    visit(static_cast<int64_t>((random >> 33) % static_cast<uint64_t>(keys)));
    ++value.find()->word;
    value.changed();
  }
  double updated = seconds();
  for (int64_t i = 0; i < 20'000'000; ++i) {
    if (i % 4 == 0) state->set_current(key);
    ++value.find()->word;
    value.changed();
  }
  double hot = seconds();
  timers.advance_watermark(INT64_MAX);
  int64_t fired = 0;
  while (timers.next_event_timer()) ++fired;
  double drained = seconds();
  size_t at_end = resident() - before;
  std::printf(
      "{\"backend\": \"%s\", \"keys\": %lld, \"bytes_a_key\": %.0f, \"resident_mib\": %.0f, "
      "\"resident_at_end_mib\": %.0f, \"fill_ns\": %.0f, \"random_update_ns\": %.0f, \"hot_update_ns\": "
      "%.1f, "
      "\"timer_ns\": %.0f, \"fired\": %lld}\n",
      kind.c_str(), static_cast<long long>(keys), static_cast<double>(memory) / static_cast<double>(keys),
      static_cast<double>(memory) / (1 << 20), static_cast<double>(at_end) / (1 << 20),
      (filled - start) * 1e9 / static_cast<double>(keys),
      (updated - filled) * 1e9 / static_cast<double>(reads), (hot - updated) * 1e9 / 20e6,
      (drained - hot) * 1e9 / static_cast<double>(fired), static_cast<long long>(fired));
}
