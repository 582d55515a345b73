// Random operations on every backend against a model of a few std::maps. Keys of a sequence are its own,
// while the backend goes on, so that caches and stores fill; now and then all state moves to a backend of
// another kind.

#include <map>
#include <random>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "harness/state_fixture.h"
#include "model/key_group.h"
#include "state/list_state.h"
#include "state/map_state.h"
#include "state/operator_snapshot.h"
#include "state/value_state.h"

namespace pf::testing {
namespace {

constexpr int64_t kTtl = 50;
constexpr int kSequences = 2'000;
constexpr int kOperations = 60;

/// What a state with these settings has to remember, after Flink's TtlValueState, TtlListState, TtlMapState.
struct Item {
  int64_t value;
  int64_t touched;
};

struct Model {
  using Key = std::pair<int64_t, std::string>;  // key and namespace
  std::map<Key, Item> values;
  std::map<Key, std::vector<Item>> lists;
  std::map<Key, std::map<std::string, Item>> maps;
};

struct Variant {
  std::optional<StateTtl> ttl;
  StateId value, list, map;
  Model model;

  bool expired(const Item& item, int64_t now) const { return ttl && item.touched + ttl->millis <= now; }
  bool given_out(const Item& item, int64_t now) const { return !expired(item, now) || ttl->return_expired; }
};

class Machine {
 public:
  Machine(BackendKind kind, uint32_t seed) : random_(seed), kind_(kind) {
    StateTtl ttl;
    ttl.millis = kTtl;
    ttl.cleanup_in_snapshot = true;
    for (bool on_read : {false, true}) {
      ttl.update_on_read = on_read;
      add_variant(ttl);
    }
    // When it is cleaned up shows in what is given out, so nothing is until somebody reads.
    ttl.return_expired = true;
    ttl.cleanup_entries = 0;
    ttl.cleanup_in_snapshot = ttl.cleanup_in_store = false;
    for (bool on_read : {false, true}) {
      ttl.update_on_read = on_read;
      add_variant(ttl);
    }
    add_variant(std::nullopt);
    open({});
  }
  ~Machine() {
    freezing_.reset();
    backend_.reset();
    EXPECT_EQ(serializer_->alive(), 0);
  }

  void run_sequence(int sequence) {
    for (int i = 0; i < kOperations && !::testing::Test::HasFailure(); ++i) {
      key_ = {sequence * 4 + below(4), below(3) == 0 ? std::string(below(2) * 20 + 1, 'w') : ""};
      if (below(5) == 0) key_.first = below(40);  // somebody else's
      backend_->set_current(long_key(key_.first), key_.second);
      if (below(8) == 0) clock_.advance_millis(below(30));
      if (below(40) == 0) freeze();
      if (freezing_ && below(3) == 0) write_some();
      Variant& variant = variants_[static_cast<size_t>(below(5))];
      switch (below(3)) {
        case 0:
          use_value(variant);
          break;
        case 1:
          use_list(variant);
          break;
        case 2:
          use_map(variant);
          break;
      }
    }
    if (below(20) == 0) check_keys();
    if (below(10) == 0) move();
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }
  int64_t now() const { return clock_.epoch_millis(); }
  Datum some_value() { return serializer_->make(next_value_++); }
  Item item_made() const { return {next_value_ - 1, now()}; }
  std::string some_map_key() {
    return std::string(static_cast<size_t>(below(3)), 'k') + std::to_string(below(6));
  }

  void add_variant(const std::optional<StateTtl>& ttl) {
    variants_.emplace_back();
    variants_.back().ttl = ttl;
  }

  void open(std::vector<std::shared_ptr<const KeyedSnapshot>> restored,
            std::shared_ptr<const UnpackedFiles> files = nullptr) {
    KeyedStateBackend::Options options;
    options.cached_entries = static_cast<size_t>(1 + below(60));
    options.cached_bytes = std::make_shared<MemoryBudget>(static_cast<size_t>(below(2) ? 2'000 : 2'000'000));
    options.restored = std::move(restored);
    options.restored_files = std::move(files);
    backend_ = open_backend(kind_, clock_, std::move(options));
    for (size_t i = 0; i < variants_.size(); ++i) {
      auto declare = [&](const char* name, StateDescriptor::Kind kind) {
        return backend_->declare(
            {name + std::to_string(i), kind, serializer_, serializer_, variants_[i].ttl});
      };
      variants_[i].value = declare("value", StateDescriptor::Kind::kValue);
      variants_[i].list = declare("list", StateDescriptor::Kind::kList);
      variants_[i].map = declare("map", StateDescriptor::Kind::kMap);
    }
  }

  // A snapshot that is written while things change.

  void freeze() {
    expected_ = variants_.back().model;
    freezing_ = backend_->freeze({.savepoint = below(2) == 0});
  }

  void write_some() {
    int entries = below(20);
    if (!freezing_->write_some([&] { return entries-- <= 0; })) return;
    if (below(4) != 0) {
      check_written();
    } else {
      freezing_->give_up();
    }
    freezing_.reset();
  }

  /// What is written of the states that nothing expires in, against the model as it was.
  void check_written() {
    OperatorSnapshot written;
    freezing_->write(written, uploaded_);
    if (written.files) written.keyed = rows_of(*unpacked(*written.files));
    const std::string suffix = std::to_string(variants_.size() - 1);
    Model found;
    for (const KeyedSnapshot::State& state : written.keyed->states()) {
      written.keyed->for_each_row(state, [&](const KeyedRow& row) {
        ByteReader entry(row.entry);
        ByteReader key(entry.get_bytes());
        key.get_byte();
        Model::Key at = {key.get_ordered64(), std::string(entry.get_bytes())};
        ByteReader value(row.value);
        if (state.name == "value" + suffix) found.values[at] = {number_in(value), 0};
        if (state.name == "map" + suffix) found.maps[at][std::string(row.map_key)] = {number_in(value), 0};
        if (state.name == "list" + suffix) {
          while (!value.at_end()) {
            ByteReader element(value.get_bytes());
            found.lists[at].push_back({number_in(element), 0});
          }
        }
      });
    }
    ASSERT_EQ(flat(found), flat(expected_));
  }

  int64_t number_in(ByteReader& in) const {
    Datum value = serializer_->read(in);
    int64_t number = CountedSerializer::number(value);
    serializer_->destroy(value);
    return number;
  }
  /// In one order, to be compared.
  static std::vector<std::tuple<int64_t, std::string, std::string, int64_t>> flat(const Model& model) {
    std::vector<std::tuple<int64_t, std::string, std::string, int64_t>> rows;
    for (const auto& [key, item] : model.values) rows.emplace_back(key.first, key.second, "v", item.value);
    for (const auto& [key, map] : model.maps) {
      for (const auto& [name, item] : map) rows.emplace_back(key.first, key.second, "m" + name, item.value);
    }
    for (const auto& [key, list] : model.lists) {
      for (const Item& item : list) rows.emplace_back(key.first, key.second, "l", item.value);
    }
    return rows;
  }

  struct Uploaded final : SharedFiles {
    SharedFile keep(const std::string& name, const std::function<std::string()>& read) override {
      std::string content = read();
      auto [known, is_new] = bytes.emplace(name, content);
      EXPECT_EQ(known->second, content) << "two files have the name " << name;
      if (!is_new) ++again;
      return {name, content.size(), 0};
    }
    std::map<std::string, std::string> bytes;  // of all databases
    int again = 0;
  };
  std::shared_ptr<const UnpackedFiles> unpacked(const KeyedFiles& files) {
    return std::make_shared<UnpackedFiles>(
        files, [this](const SharedFile& file) { return uploaded_.bytes.at(file.name); });
  }

  /// All state into a new backend, mostly of another kind. What has expired may stay behind.
  void move() {
    freezing_.reset();
    if (kind_ == BackendKind::kRocksDb && below(2) == 0) return go_on_with_files();
    auto bytes = backend_->snapshot()->bytes();
    backend_.reset();
    kind_ = kind_ == BackendKind::kHeap ? (below(4) ? BackendKind::kMemoryStore : BackendKind::kRocksDb)
                                        : BackendKind::kHeap;
    open({std::make_shared<KeyedSnapshot>(std::move(bytes))});
  }

  /// Into another database that is made of the files of this one, and then has files of the same names: not
  /// all, where RocksDB puts some together.
  void go_on_with_files() {
    OperatorSnapshot written;
    backend_->freeze({})->write(written, uploaded_);
    ASSERT_TRUE(written.files);
    backend_.reset();
    open({}, unpacked(*written.files));
    const int again = uploaded_.again;
    backend_->freeze({})->write(written, uploaded_);
    ASSERT_GT(uploaded_.again, again);
  }

  void use_value(Variant& variant) {
    ValueState state(*backend_, variant.value);
    auto& values = variant.model.values;
    auto known = values.find(key_);
    switch (below(5)) {
      case 0:
        state.put(some_value());
        values[key_] = item_made();
        break;
      case 1:
        state.clear();
        values.erase(key_);
        break;
      case 2:
        if (known != values.end() && !variant.expired(known->second, now())) {
          ++CountedSerializer::number(*state.find());
          state.changed();
          known->second = {known->second.value + 1, now()};
        }
        break;
      default: {
        Datum* found = state.find();
        bool shown = known != values.end() && variant.given_out(known->second, now());
        ASSERT_EQ(found != nullptr, shown);
        if (shown) {
          ASSERT_EQ(CountedSerializer::number(*found), known->second.value);
        }
        if (known == values.end()) break;
        if (variant.expired(known->second, now())) {
          values.erase(known);
        } else if (variant.ttl && variant.ttl->update_on_read) {
          known->second.touched = now();
        }
      }
    }
  }

  void use_list(Variant& variant) {
    ListState state(*backend_, variant.list);
    auto& list = variant.model.lists[key_];
    switch (below(6)) {
      case 0: {
        std::vector<Datum> added;
        list.clear();
        for (int i = below(4); i > 0; --i) {
          added.push_back(some_value());
          list.push_back(item_made());
        }
        state.update(added);
        break;
      }
      case 1:
        if (below(3) > 0) break;
        state.clear();
        list.clear();
        break;
      case 2:
      case 3:
        state.add(some_value());
        list.push_back(item_made());
        break;
      default: {
        std::vector<int64_t> expected, found;
        for (const Item& item : list) {
          if (variant.given_out(item, now())) expected.push_back(item.value);
        }
        for (Datum value : state.get()) {
          found.push_back(CountedSerializer::number(value));
          serializer_->destroy(value);
        }
        ASSERT_EQ(found, expected);
        auto old = [&](const Item& item) { return variant.expired(item, now()); };
        if (std::all_of(list.begin(), list.end(), old)) {
          list.clear();
        } else if (variant.ttl && variant.ttl->update_on_read) {
          std::erase_if(list, old);
          for (Item& item : list) item.touched = now();
        }
      }
    }
  }

  void use_map(Variant& variant) {
    MapState state(*backend_, variant.map);
    auto& map = variant.model.maps[key_];
    std::string key = some_map_key();
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        state.put(key, some_value());
        map[key] = item_made();
        break;
      case 3:
        state.remove(key);
        map.erase(key);
        break;
      case 4:
        if (below(3) > 0) break;
        state.clear();
        map.clear();
        break;
      case 5: {
        bool expected = map.contains(key) && variant.given_out(map[key], now());
        ASSERT_EQ(state.contains(key), expected);
        read_entry(variant, map, key);
        break;
      }
      case 6: {
        if (!cleans_up(variant)) {
          ASSERT_EQ(state.is_empty(), map.empty());
        }
        break;
      }
      case 7: {
        Datum copy;
        bool found = state.get(key, copy);
        ASSERT_EQ(found, map.contains(key) && variant.given_out(map[key], now()));
        if (found) {
          ASSERT_EQ(CountedSerializer::number(copy), map[key].value);
          serializer_->destroy(copy);
        }
        read_entry(variant, map, key);
        break;
      }
      case 8:
        iterate(variant, state, map);
        break;
      case 9: {
        if (cleans_up(variant)) break;
        auto bound = map.lower_bound(key);
        std::optional<std::string> expected;
        if (bound != map.begin()) expected = std::prev(bound)->first;
        ASSERT_EQ(state.last_key_before(key), expected);
        break;
      }
    }
  }

  /// Whether expired entries may or may not be there any more.
  static bool cleans_up(const Variant& variant) { return variant.ttl && variant.ttl->cleanup_entries > 0; }

  void read_entry(const Variant& variant, std::map<std::string, Item>& map, const std::string& key) {
    auto known = map.find(key);
    if (known == map.end()) return;
    if (variant.expired(known->second, now())) {
      map.erase(known);
    } else if (variant.ttl && variant.ttl->update_on_read) {
      known->second.touched = now();
    }
  }

  void iterate(Variant& variant, MapState& state, std::map<std::string, Item>& map) {
    std::vector<std::pair<std::string, int64_t>> expected, found;
    std::vector<std::string> keys;
    for (const auto& [key, item] : map) {
      keys.push_back(key);
      if (variant.given_out(item, now())) expected.emplace_back(key, item.value);
    }
    std::string from;
    auto limit = static_cast<size_t>(1 + below(4));
    for (;;) {
      auto page = state.entries_from(from, limit);
      if (page.empty()) break;
      for (auto& [key, value] : page) {
        found.emplace_back(key, CountedSerializer::number(value));
        serializer_->destroy(value);
      }
      from = page.back().first + '\0';
    }
    ASSERT_EQ(found, expected);
    for (const std::string& key : keys) read_entry(variant, map, key);
  }

  void check_keys() {
    Variant& variant = variants_.back();  // without a TTL
    std::set<Model::Key> expected, found;
    for (const auto& [key, map] : variant.model.maps) {
      if (!map.empty()) expected.insert(key);
    }
    backend_->set_current(long_key(7));
    auto codec = make_column_key_codec();
    backend_->for_each_key(variant.map, [&] {
      ByteReader in(backend_->current_key());
      in.get_byte();
      Model::Key key = {in.get_ordered64(), std::string(backend_->current_namespace())};
      ASSERT_TRUE(found.insert(key).second);
      ASSERT_FALSE(MapState(*backend_, variant.map).is_empty());
    });
    ASSERT_EQ(found, expected);
    ASSERT_EQ(backend_->current_key(), long_key(7));
  }

  std::mt19937 random_;
  BackendKind kind_;
  ManualClock clock_{1'000};
  std::shared_ptr<CountedSerializer> serializer_ = std::make_shared<CountedSerializer>();
  std::vector<Variant> variants_;
  std::unique_ptr<KeyedStateBackend> backend_;
  std::shared_ptr<UnwrittenState> freezing_;
  Uploaded uploaded_;
  Model expected_;
  Model::Key key_;
  int64_t next_value_ = 0;
};

class StateModelTest : public ::testing::TestWithParam<BackendKind> {};

TEST_P(StateModelTest, RandomOperationsGiveWhatTheModelGives) {
  constexpr int kSequencesOfOneBackend = 100;
  for (int first = 0; first < kSequences && !HasFailure(); first += kSequencesOfOneBackend) {
    SCOPED_TRACE("seed " + std::to_string(first));
    Machine machine(GetParam(), static_cast<uint32_t>(first));
    for (int i = 0; i < kSequencesOfOneBackend && !HasFailure(); ++i) machine.run_sequence(first + i);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, StateModelTest, ::testing::ValuesIn(kBackendKinds),
                         [](const auto& kind) { return name_of(kind.param); });

}  // namespace
}  // namespace pf::testing
