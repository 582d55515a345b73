#include "state/keyed_state_backend.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "harness/state_fixture.h"
#include "model/key_group.h"
#include "state/list_state.h"
#include "state/map_state.h"
#include "state/state_backend.h"
#include "state/unwritten_keyed_state.h"
#include "state/value_state.h"

namespace pf::testing {
namespace {

using Kind = StateDescriptor::Kind;

class KeyedStateTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  KeyedStateTest() { open(); }
  ~KeyedStateTest() override {
    backend_.reset();
    EXPECT_EQ(serializer_->alive(), 0);
  }
  void open(KeyedStateBackend::Options options = {}) {
    backend_.reset();
    backend_ = open_backend(GetParam(), clock_, std::move(options));
  }
  StateId declare(const std::string& name, Kind kind, std::optional<StateTtl> ttl = std::nullopt) {
    return backend_->declare({name, kind, serializer_, serializer_, ttl});
  }
  void at_key(int64_t key, std::string_view name_space = {}) {
    backend_->set_current(long_key(key), name_space);
  }
  void for_each_row(StateId state, const std::function<void(const KeyedRow&)>& visitor) {
    auto snapshot = backend_->snapshot();
    for (const KeyedSnapshot::State& saved : snapshot->states()) {
      if (saved.name == backend_->descriptor(state).name) snapshot->for_each_row(saved, visitor);
    }
  }
  Datum make(int64_t number) const { return serializer_->make(number); }

  std::vector<int64_t> numbers_of(ListState& list) const {
    std::vector<int64_t> numbers;
    for (Datum value : list.get()) {
      numbers.push_back(CountedSerializer::number(value));
      serializer_->destroy(value);
    }
    return numbers;
  }
  static std::optional<int64_t> number_of(ValueState& state) {
    Datum* found = state.find();
    return found ? std::optional(CountedSerializer::number(*found)) : std::nullopt;
  }
  static std::vector<std::string> keys_of(MapState& map) {
    std::vector<std::string> keys;
    map.for_each([&](std::string_view key, Datum) {
      keys.emplace_back(key);
      return true;
    });
    return keys;
  }

  ManualClock clock_{1'000};
  std::shared_ptr<CountedSerializer> serializer_ = std::make_shared<CountedSerializer>();
  std::unique_ptr<KeyedStateBackend> backend_;
};

TEST_P(KeyedStateTest, KeysAndNamespacesDoNotMeet) {
  StateId id = declare("v", Kind::kValue);
  ValueState state(*backend_, id);
  at_key(1);
  state.put(make(10));
  at_key(1, "w");
  EXPECT_FALSE(number_of(state));
  state.put(make(11));
  at_key(2);
  EXPECT_FALSE(number_of(state));
  backend_->set_current_entry(entry_key(long_key(1), "w"));
  EXPECT_EQ(number_of(state), 11);
  EXPECT_EQ(backend_->current_namespace(), "w");
  backend_->set_namespace("");
  EXPECT_EQ(number_of(state), 10);
}

TEST_P(KeyedStateTest, StatesOfOneKeyDoNotMeet) {
  ValueState first(*backend_, declare("a", Kind::kValue)), second(*backend_, declare("b", Kind::kValue));
  at_key(1);
  first.put(make(1));
  EXPECT_FALSE(number_of(second));
  second.put(make(2));
  first.clear();
  EXPECT_EQ(number_of(second), 2);
}

TEST_P(KeyedStateTest, DeclaringAStateAgainGivesTheSameAndOtherTypesAreRefused) {
  StateId id = declare("v", Kind::kValue);
  EXPECT_EQ(declare("v", Kind::kValue), id);
  try {
    declare("v", Kind::kList);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'v'"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("LIST"), std::string::npos) << error.what();
  }
}

TEST_P(KeyedStateTest, AMapMayChangeWhileItIsShown) {
  MapState map(*backend_, declare("m", Kind::kMap));
  at_key(1);
  for (int i = 0; i < 300; ++i) map.put(std::to_string(1'000 + i), make(i));
  std::vector<std::string> shown;
  map.for_each([&](std::string_view key, Datum) {
    shown.emplace_back(key);
    map.remove(key);
    return true;
  });
  EXPECT_EQ(shown.size(), 300U);
  EXPECT_TRUE(map.is_empty());
}

TEST_P(KeyedStateTest, AVisitorThatThrowsOrStopsLeaksNothing) {
  MapState map(*backend_, declare("m", Kind::kMap));
  at_key(1);
  for (int i = 0; i < 3; ++i) map.put(std::to_string(i), make(i));
  EXPECT_THROW(map.for_each([](std::string_view, Datum) -> bool { throw Error("no"); }), Error);
  int shown = 0;
  map.for_each([&](std::string_view, Datum) { return ++shown < 2; });
  EXPECT_EQ(shown, 2);
}

TEST_P(KeyedStateTest, StateThatIsSavedByOneIsRestoredByTheOthers) {
  at_key(1, "w");
  StateId value = declare("v", Kind::kValue), list = declare("l", Kind::kList),
          map = declare("m", Kind::kMap);
  ValueState(*backend_, value).put(make(1));
  for (int i = 0; i < 3; ++i) ListState(*backend_, list).add(make(i));
  MapState(*backend_, map).put("x", make(5));
  at_key(2);
  auto snapshot = std::make_shared<KeyedSnapshot>(backend_->snapshot()->bytes());
  for (BackendKind kind : kBackendKinds) {
    SCOPED_TRACE(name_of(kind));
    KeyedStateBackend::Options options;
    options.restored = {snapshot};
    backend_ = open_backend(kind, clock_, std::move(options));
    // In another order, and while another key is current.
    at_key(9);
    ListState restored_list(*backend_, declare("l", Kind::kList));
    MapState restored_map(*backend_, declare("m", Kind::kMap));
    ValueState restored_value(*backend_, declare("v", Kind::kValue));
    EXPECT_FALSE(number_of(restored_value));
    at_key(1, "w");
    EXPECT_EQ(number_of(restored_value), 1);
    EXPECT_EQ(numbers_of(restored_list), (std::vector<int64_t>{0, 1, 2}));
    EXPECT_EQ(keys_of(restored_map), std::vector<std::string>{"x"});
  }
}

TEST_P(KeyedStateTest, RestoredStateThatNobodyDeclaresIsCarriedOn) {
  ValueState state(*backend_, declare("v", Kind::kValue));
  at_key(1);
  state.put(make(1));
  for (int generation = 0; generation < 3; ++generation) {
    KeyedStateBackend::Options options;
    options.restored = {backend_->snapshot()};
    open(std::move(options));
  }
  ValueState again(*backend_, declare("v", Kind::kValue));
  at_key(1);
  EXPECT_EQ(number_of(again), 1);
}

TEST_P(KeyedStateTest, RestoredStateOfAnotherTypeIsRefusedWithBothTypes) {
  declare("v", Kind::kValue);
  KeyedStateBackend::Options options;
  options.restored = {backend_->snapshot()};
  open(std::move(options));
  try {
    backend_->declare({"v", Kind::kValue, make_long_serializer(), nullptr, std::nullopt});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("COUNTED"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("LONG"), std::string::npos) << error.what();
  }
}

TEST_P(KeyedStateTest, EachSubtaskRestoresItsKeyGroupsAndNoOther) {
  ValueState state(*backend_, declare("v", Kind::kValue));
  for (int64_t key = 0; key < 100; ++key) {
    at_key(key);
    state.put(make(key));
  }
  auto whole = backend_->snapshot();
  // To three subtasks and back to two, each from what all of them saved.
  std::vector<std::shared_ptr<const KeyedSnapshot>> snapshots = {whole};
  for (uint32_t parallelism : {3U, 2U}) {
    std::vector<std::shared_ptr<const KeyedSnapshot>> saved;
    int64_t found = 0;
    for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
      KeyedStateBackend::Options options;
      options.restored = snapshots;
      options.parallelism = parallelism;
      options.subtask = subtask;
      open(std::move(options));
      StateId id = declare("v", Kind::kValue);
      backend_->for_each_key(id, [&] {
        ++found;
        uint32_t group = backend_->key_group(backend_->current_entry());
        EXPECT_EQ(subtask_of_key_group(group, 128, parallelism), subtask);
      });
      saved.push_back(backend_->snapshot());
    }
    EXPECT_EQ(found, 100);
    snapshots = saved;
  }
}

TEST_P(KeyedStateTest, WhatAllHaveDeclaredIsLetGo) {
  for (const char* name : {"a", "b"}) {
    ValueState state(*backend_, declare(name, Kind::kValue));
    at_key(1);
    state.put(make(1));
  }
  auto snapshot = backend_->snapshot();
  const std::weak_ptr<const KeyedSnapshot> held = snapshot;
  KeyedStateBackend::Options options;
  options.restored = {std::move(snapshot)};
  open(std::move(options));
  declare("a", Kind::kValue);
  EXPECT_FALSE(held.expired());
  declare("b", Kind::kValue);
  EXPECT_TRUE(held.expired());
}

TEST_P(KeyedStateTest, OfWhatNobodyHasDeclaredOnlyItselfStays) {
  auto fill = [&](const char* name, int64_t keys) {
    ValueState state(*backend_, declare(name, Kind::kValue));
    for (int64_t key = 0; key < keys; ++key) {
      at_key(key);
      state.put(make(key));
    }
  };
  fill("declared", 100);
  fill("late", 10);
  auto snapshot = backend_->snapshot();
  const std::weak_ptr<const KeyedSnapshot> held = snapshot;
  KeyedStateBackend::Options options;
  options.restored = {std::move(snapshot)};
  open(std::move(options));
  declare("declared", Kind::kValue);
  EXPECT_FALSE(held.expired());
  // Once with it, once more with its copy, and then it is declared.
  for (int round = 0; round < 2; ++round) {
    auto saved = backend_->snapshot();
    EXPECT_TRUE(held.expired());
    int64_t rows = 0;
    saved->for_each_row("late", {}, [&](const KeyedStateInfo&, const KeyedRow&) { ++rows; });
    EXPECT_EQ(rows, 10);
  }
  ValueState late(*backend_, declare("late", Kind::kValue));
  at_key(9);
  EXPECT_EQ(number_of(late), 9);
}

TEST_P(KeyedStateTest, AnotherMaximumParallelismIsRefused) {
  KeyedStateBackend::Options options;
  options.restored = {backend_->snapshot()};
  options.max_parallelism = 64;
  EXPECT_THROW(open(std::move(options)), Error);
  open();
}

StateTtl ttl_of(int64_t millis) {
  StateTtl ttl;
  ttl.millis = millis;
  return ttl;
}

TEST_P(KeyedStateTest, ATtlCanBeAddedToRestoredStateAndTakenAway) {
  auto save_and_reopen = [&] {
    KeyedStateBackend::Options options;
    options.restored = {backend_->snapshot()};
    open(std::move(options));
  };
  for (std::optional<StateTtl> ttl : {std::optional<StateTtl>(), std::optional(ttl_of(100)), {}}) {
    ListState list(*backend_, declare("l", Kind::kList, ttl));
    ValueState value(*backend_, declare("v", Kind::kValue, ttl));
    at_key(1);
    if (!value.find()) {
      value.put(make(7));
      list.add(make(1));
      list.add(make(2));
    }
    EXPECT_EQ(number_of(value), 7);
    EXPECT_EQ(numbers_of(list), (std::vector<int64_t>{1, 2}));
    save_and_reopen();
  }
}

TEST_P(KeyedStateTest, SnapshotsLeaveOutWhatHasExpiredIfTheyAreTo) {
  for (bool cleanup : {false, true}) {
    StateTtl ttl = ttl_of(10);
    ttl.cleanup_in_snapshot = cleanup;
    StateId id = declare(cleanup ? "with" : "without", Kind::kList, ttl);
    ListState list(*backend_, id);
    at_key(1);
    list.add(make(1));
    clock_.advance_millis(6);
    list.add(make(2));
    clock_.advance_millis(6);
    size_t elements = 0, rows = 0;
    for_each_row(id, [&](const KeyedRow& row) {
      ++rows;
      for (ByteReader in(row.value); !in.at_end(); ++elements) {
        in.get_fixed64();
        in.get_bytes();
      }
    });
    EXPECT_EQ(elements, cleanup ? 1U : 2U);
    clock_.advance_millis(100);
    rows = 0;
    for_each_row(id, [&](const KeyedRow&) { ++rows; });
    EXPECT_EQ(rows, cleanup ? 0U : 1U);
  }
}

// -- Looked up from outside

/// (map key, value) of an entry.
using Found = std::vector<std::pair<std::string, std::string>>;

Found rows_for(const KeyedSnapshot& snapshot, const std::string& state, const std::string& entry) {
  Found found;
  snapshot.for_each_row(state, {}, [&](const KeyedStateInfo&, const KeyedRow& row) {
    if (row.entry == entry) found.emplace_back(row.map_key, row.value);
  });
  return found;
}

TEST_P(KeyedStateTest, ALookUpFindsWhatASnapshotHas) {
  ValueState value(*backend_, declare("v", Kind::kValue));
  ListState list(*backend_, declare("l", Kind::kList));
  MapState map(*backend_, declare("m", Kind::kMap));
  for (int64_t key = 0; key < 20; ++key) {
    for (const char* name_space : {"", "w"}) {
      at_key(key, name_space);
      value.put(make(key));
      for (int64_t i = 0; i < key % 3; ++i) list.add(make(i));
      for (int64_t i = 0; i < key % 4; ++i) map.put(long_key(i), make(key));
    }
    // Above a store, some of it is written, and some is not.
    if (key % 7 == 0) backend_->snapshot();
  }
  std::map<std::string, std::map<std::string, Found>> looked_up;
  for (int64_t key = 0; key < 25; ++key) {
    const std::string entry = entry_key(long_key(key), {});
    for (const char* state : {"v", "l", "m"}) {
      auto found = backend_->look_up(*backend_->find(state), entry);
      if (!found) continue;
      EXPECT_EQ(found->states().size(), 1U);
      EXPECT_EQ(found->states().front().schema, backend_->descriptor(*backend_->find(state)).schema());
      looked_up[state][entry] = rows_for(*found, state, entry);
    }
  }
  const auto all = backend_->snapshot();
  for (int64_t key = 0; key < 25; ++key) {
    const std::string entry = entry_key(long_key(key), {});
    for (const char* state : {"v", "l", "m"})
      EXPECT_EQ(looked_up[state][entry], rows_for(*all, state, entry)) << state << " of " << key;
  }
  EXPECT_EQ(looked_up["m"][entry_key(long_key(7), {})].size(), 3U);
}

TEST_P(KeyedStateTest, WhatALookUpCanNotWriteIsNotLost) {
  ValueState value(*backend_, declare("v", Kind::kValue));
  ListState list(*backend_, declare("l", Kind::kList));
  MapState map(*backend_, declare("m", Kind::kMap));
  const std::string entry = entry_key(long_key(1), {});
  at_key(1);
  map.put("gone", make(0));
  backend_->snapshot();
  value.put(make(1));
  list.add(make(2));
  map.clear();
  map.put("a", make(3));
  map.put("b", make(4));
  for (const char* state : {"v", "l", "m"}) {
    const StateId id = *backend_->find(state);
    serializer_->refuses_to_write = true;
    EXPECT_THROW(backend_->look_up(id, entry), Error);
    serializer_->refuses_to_write = false;
    const auto found = backend_->look_up(id, entry);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(rows_for(*found, state, entry).size(), id == 2 ? 2U : 1U);
  }
  EXPECT_EQ(rows_for(*backend_->snapshot(), "m", entry).size(), 2U);
}

TEST_P(KeyedStateTest, ALookUpLeavesTheCurrentKeyAndASnapshotAlone) {
  ValueState value(*backend_, declare("v", Kind::kValue));
  ListState list(*backend_, declare("l", Kind::kList));
  for (int64_t key = 0; key < 10; ++key) {
    at_key(key);
    value.put(make(key));
    list.add(make(key));
  }
  at_key(3, "w");
  const auto unwritten = backend_->freeze({.savepoint = true});
  for (int64_t key = 0; key < 12; ++key) {
    backend_->look_up(*backend_->find("v"), entry_key(long_key(key), {}));
    backend_->look_up(*backend_->find("l"), entry_key(long_key(key), {}));
  }
  EXPECT_EQ(backend_->current_entry(), entry_key(long_key(3), "w"));
  value.put(make(33));
  at_key(4);
  value.put(make(44));
  list.add(make(45));
  const auto found = backend_->look_up(*backend_->find("v"), entry_key(long_key(4), {}));
  EXPECT_EQ(ByteReader(rows_for(*found, "v", entry_key(long_key(4), {})).at(0).second).get_fixed64(), 44U);
  EXPECT_EQ(numbers_of(list), (std::vector<int64_t>{4, 45}));
  const auto before = written_at_once({.unwritten = unwritten}).keyed;
  for (int64_t key = 0; key < 12; ++key) {
    const std::string entry = entry_key(long_key(key), {});
    const Found values = rows_for(*before, "v", entry);
    EXPECT_EQ(values.size(), key < 10 ? 1U : 0U);
    EXPECT_EQ(rows_for(*before, "l", entry).size(), values.size());
    for (const auto& [none, bytes] : values) {
      EXPECT_EQ(ByteReader(bytes).get_fixed64(), static_cast<uint64_t>(key));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, KeyedStateTest, ::testing::ValuesIn(kBackendKinds),
                         [](const auto& kind) { return name_of(kind.param); });

// -- In memory only

class HeapStateTest : public ::testing::Test {
 protected:
  ManualClock clock_{1'000};
  std::shared_ptr<CountedSerializer> serializer_ = std::make_shared<CountedSerializer>();
  std::unique_ptr<KeyedStateBackend> backend_ = open_backend(BackendKind::kHeap, clock_);
};

TEST_F(HeapStateTest, NothingIsLeftOfAKeyThatHasBeenCleared) {
  StateId value = backend_->declare({"v", Kind::kValue, serializer_, nullptr, std::nullopt});
  StateId map = backend_->declare({"m", Kind::kMap, serializer_, serializer_, std::nullopt});
  for (int64_t key = 0; key < 100; ++key) {
    backend_->set_current(long_key(key));
    ValueState(*backend_, value).put(serializer_->make(1));
    MapState(*backend_, map).put("a", serializer_->make(1));
  }
  EXPECT_EQ(backend_->size(), 100U);
  for (int64_t key = 0; key < 100; ++key) {
    backend_->set_current(long_key(key));
    ValueState(*backend_, value).clear();
    MapState(*backend_, map).remove("a");
  }
  backend_->set_current(long_key(-1));
  EXPECT_EQ(backend_->size(), 0U);
}

TEST_F(HeapStateTest, CleanupRemovesKeysThatNobodyReadsAgain) {
  StateId id = backend_->declare({"v", Kind::kValue, serializer_, nullptr, ttl_of(10)});
  for (int64_t key = 0; key < 100; ++key) {
    backend_->set_current(long_key(key));
    ValueState(*backend_, id).put(serializer_->make(1));
  }
  clock_.advance_millis(11);
  backend_->set_current(long_key(1'000));
  for (int record = 0; record < 100; ++record) EXPECT_EQ(ValueState(*backend_, id).find(), nullptr);
  EXPECT_EQ(backend_->size(), 0U);
  EXPECT_EQ(serializer_->alive(), 0);
}

TEST_F(HeapStateTest, CleanupOnEveryRecordNeedsNoAccess) {
  StateTtl ttl = ttl_of(10);
  ttl.cleanup_on_every_record = true;
  StateId id = backend_->declare({"v", Kind::kValue, serializer_, nullptr, ttl});
  for (int64_t key = 0; key < 100; ++key) {
    backend_->set_current(long_key(key));
    ValueState(*backend_, id).put(serializer_->make(1));
  }
  clock_.advance_millis(11);
  for (int64_t key = 0; key < 100; ++key) backend_->set_current(long_key(1'000 + key));
  EXPECT_EQ(backend_->size(), 0U);
}

// -- Above a store

class CachedStateTest : public ::testing::Test {
 protected:
  void open(size_t entries, size_t bytes = 1 << 30) {
    auto store = std::make_unique<MemoryStore>();
    store_ = store.get();
    KeyedStateBackend::Options options;
    options.clock = &clock_;
    options.keys = make_column_key_codec();
    options.store = std::move(store);
    options.cached_entries = entries;
    options.cached_bytes = std::make_shared<MemoryBudget>(bytes);
    backend_ = std::make_unique<KeyedStateBackend>(std::move(options));
  }

  ManualClock clock_{1'000};
  std::shared_ptr<CountedSerializer> serializer_ = std::make_shared<CountedSerializer>(1'000);
  MemoryStore* store_ = nullptr;
  std::unique_ptr<KeyedStateBackend> backend_;
};

TEST_F(CachedStateTest, AHotKeyIsReadOnceAndSeldomWritten) {
  open(100);
  ValueState state(*backend_, backend_->declare({"v", Kind::kValue, serializer_, nullptr, std::nullopt}));
  for (int i = 0; i < 10'000; ++i) {
    backend_->set_current(long_key(i % 10));
    if (Datum* found = state.find()) {
      ++CountedSerializer::number(*found);
      state.changed();
    } else {
      state.put(serializer_->make(1));
    }
  }
  EXPECT_EQ(store_->reads, 10U);
  EXPECT_LE(store_->writes, 10'000U / 20);
}

TEST_F(CachedStateTest, AddingToAListReadsNothing) {
  open(10);
  ListState state(*backend_, backend_->declare({"l", Kind::kList, serializer_, nullptr, std::nullopt}));
  for (int i = 0; i < 10'000; ++i) {
    backend_->set_current(long_key(i % 50));
    state.add(serializer_->make(i));
  }
  EXPECT_EQ(store_->reads, 0U);
  backend_->set_current(long_key(0));
  auto values = state.get();
  EXPECT_EQ(values.size(), 200U);
  for (Datum value : values) serializer_->destroy(value);
}

TEST_F(CachedStateTest, DecodedValuesStayWithinTheirEntriesAndBytes) {
  open(100);
  ValueState few(*backend_, backend_->declare({"v", Kind::kValue, serializer_, nullptr, std::nullopt}));
  for (int i = 0; i < 5'000; ++i) {
    backend_->set_current(long_key(i));
    few.put(serializer_->make(i));
    ASSERT_LE(backend_->size(), 100U);
  }
  open(1'000'000, 1 << 20);
  ValueState small(*backend_, backend_->declare({"v", Kind::kValue, serializer_, nullptr, std::nullopt}));
  int64_t most = 0;
  for (int i = 0; i < 20'000; ++i) {
    backend_->set_current(long_key(i));
    small.put(serializer_->make(i));
    most = std::max(most, serializer_->alive());
  }
  EXPECT_LE(most * 1'000, 1 << 20);
  for (int i = 0; i < 20'000; ++i) {
    backend_->set_current(long_key(i));
    ASSERT_EQ(CountedSerializer::number(*small.find()), i);
    ASSERT_LE(serializer_->alive() * 1'000, 1 << 20);
  }
}

TEST_F(CachedStateTest, OneLargeMapIsNeverInMemoryAsAWhole) {
  open(100, 1 << 20);
  MapState map(*backend_, backend_->declare({"m", Kind::kMap, serializer_, serializer_, std::nullopt}));
  backend_->set_current(long_key(1));
  int64_t most = 0;
  for (int i = 0; i < 5'000; ++i) {
    map.put(std::to_string(100'000 + i), serializer_->make(i));
    most = std::max(most, serializer_->alive());
  }
  int64_t next = 0;
  map.for_each([&](std::string_view, Datum value) {
    EXPECT_EQ(CountedSerializer::number(value), next++);
    most = std::max(most, serializer_->alive());
    return true;
  });
  EXPECT_EQ(next, 5'000);
  EXPECT_LE(most, 1'500);
}

TEST_F(CachedStateTest, AnEntryOfAMapIsReadAlone) {
  open(1);
  MapState map(*backend_, backend_->declare({"m", Kind::kMap, serializer_, serializer_, std::nullopt}));
  backend_->set_current(long_key(1));
  for (int i = 0; i < 100; ++i) map.put(std::to_string(i), serializer_->make(i));
  for (int key = 2; key < 5; ++key) {
    backend_->set_current(long_key(key));
    map.contains("x");
  }
  backend_->set_current(long_key(1));
  store_->reads = store_->rows_shown = 0;
  EXPECT_TRUE(map.contains("50"));
  EXPECT_EQ(store_->reads, 1U);
  EXPECT_EQ(store_->rows_shown, 0U);
}

// -- Key codec

TEST(ColumnKeyCodecTest, AKeysBytesHaveTheHashOfItsColumn) {
  auto check = [](const Column& column, const char* type) {
    std::vector<int32_t> hashes(column.size());
    column.hash_codes(hashes);
    auto codec = make_column_key_codec();
    for (size_t row = 0; row < column.size(); ++row) {
      std::string bytes;
      codec->encode(column, row, bytes);
      EXPECT_EQ(codec->hash_code(bytes), hashes[row]) << type << " row " << row;
    }
  };
  Validity second_missing({0b101});
  check(FixedColumn<int64_t>({-1, 5, INT64_MIN}, second_missing), "Long");
  check(FixedColumn<int32_t>({-1, 5, INT32_MIN}, second_missing), "Int");
  check(FixedColumn<int16_t>({-1, 5, INT16_MIN}), "Short");
  check(FixedColumn<int8_t>({-1, 5, INT8_MIN}), "Byte");
  check(FixedColumn<double>({-1.5, 0, NAN}, second_missing), "Double");
  check(FixedColumn<float>({-1.5F, 0.1F, NAN}), "Float");
  StringColumnBuilder text;
  for (const char* value : {"", "a", "gr\xc3\xbc\xc3\x9f"}) text.append(value);
  check(*text.finish(), "String");
}

}  // namespace
}  // namespace pf::testing
