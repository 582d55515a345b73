#include <fstream>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "base/fault_point.h"
#include "harness/state_fixture.h"
#include "state/list_state.h"
#include "state/rocksdb/rocksdb_state_backend.h"
#include "state/value_state.h"

namespace pf::testing {
namespace {

namespace fs = std::filesystem;
constexpr auto kByKey = StateStore::Reads::kByKey;
using Rows = std::vector<std::pair<std::string, std::string>>;

class RocksDbStoreTest : public ::testing::Test {
 protected:
  Rows rows(StateId state, std::string_view prefix = {}, std::string_view from = {}) {
    Rows all;
    store_->scan(state, prefix, from, [&](std::string_view key, std::string_view value) {
      all.emplace_back(key, value);
      return true;
    });
    return all;
  }

  TempDirectory directory_;
  ManualClock clock_{1'000};
  std::unique_ptr<RocksDbStateStore> store_ = open_rocksdb(directory_.path() / "db", &clock_);
};

TEST_F(RocksDbStoreTest, ReadsItsOwnWrites) {
  store_->add_state(0, "default", std::nullopt, kByKey);
  store_->add_state(1, "default", std::nullopt, kByKey);
  store_->put(0, "k", "v");
  EXPECT_EQ(store_->get(0, "k"), "v");
  EXPECT_FALSE(store_->get(1, "k"));
  store_->append(0, "k", "w");
  store_->append(0, "new", "x");
  EXPECT_EQ(store_->get(0, "k"), "vw");
  EXPECT_EQ(store_->get(0, "new"), "x");
  store_->remove(0, "k");
  EXPECT_FALSE(store_->get(0, "k"));
}

#ifdef PYFLINKPP_FAULT_POINTS
/// Fails the first write.
class FailedWrite final : public FaultPlan {
 public:
  FailedWrite() { arm_faults(this); }
  ~FailedWrite() override { arm_faults(nullptr); }
  void reach(std::string_view point) override {
    if (point == "rows.write" && !std::exchange(failed_, true)) throw Error("the disk is full");
  }
  void send(std::string_view, std::function<void()> deliver) override { deliver(); }
  bool has_defect(std::string_view) override { return false; }

 private:
  bool failed_ = false;
};

TEST_F(RocksDbStoreTest, RowsThatCouldNotBeWrittenAreNotForgotten) {
  store_->add_state(0, "s", std::nullopt, kByKey);
  store_->put(0, "k", "v");
  const FailedWrite fails_once;
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(rows(0), Error) << "whoever goes on all the same would miss them";
    store_->put(0, "other", "w");
  }
}
#endif

TEST_F(RocksDbStoreTest, ScansByPrefixInOrderWhateverTheVisitorChanges) {
  store_->add_state(0, "s", std::nullopt, kByKey);
  const std::string ff = "\xff";
  for (const std::string& key :
       {std::string("a"), std::string("b1"), std::string("b2"), "b" + ff, ff + ff, ff + "a"}) {
    store_->put(0, key, "");
  }
  EXPECT_EQ(rows(0, "b"), (Rows{{"b1", ""}, {"b2", ""}, {"b" + ff, ""}}));
  EXPECT_EQ(rows(0, "b", "b2"), (Rows{{"b2", ""}, {"b" + ff, ""}}));
  EXPECT_EQ(rows(0, "b" + ff), (Rows{{"b" + ff, ""}}));
  EXPECT_EQ(rows(0, ff), (Rows{{ff + "a", ""}, {ff + ff, ""}}));
  EXPECT_EQ(rows(0).size(), 6U);
  size_t shown = 0;
  store_->scan(0, {}, {}, [&](std::string_view key, std::string_view) {
    ++shown;
    store_->remove(0, key);
    store_->put(0, std::string(key) + "later", "");
    EXPECT_FALSE(store_->get(0, key));
    return true;
  });
  EXPECT_EQ(shown, 6U);
  store_->remove_prefix(0, "b");
  EXPECT_EQ(rows(0).size(), 3U);
}

std::string timed(int64_t touched, std::string_view value, bool is_list) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_fixed64(static_cast<uint64_t>(touched));
  is_list ? out.put_bytes(value) : out.put_raw(value);
  return bytes;
}

TEST_F(RocksDbStoreTest, ReadsSingleRowsAndInOrderWhileOthersAreWritten) {
  store_->add_state(0, "by key", std::nullopt, kByKey);
  store_->add_state(1, "in order", std::nullopt, StateStore::Reads::kInOrder);
  std::map<std::string, std::string> expected[2];
  std::mt19937 random(1);
  auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  for (int i = 0; i < 50'000; ++i) {
    const StateId state = below(2);
    const std::string key = std::to_string(below(3'000));
    auto& model = expected[state];
    switch (below(4)) {
      case 0:
        store_->put(state, key, model[key] = std::to_string(i));
        break;
      case 1:
        model[key] += "+";
        store_->append(state, key, "+");
        break;
      case 2:
        model.erase(key);
        store_->remove(state, key);
        break;
      default:
        if (state == 1 && below(100) != 0) break;
        auto found = model.find(key);
        ASSERT_EQ(store_->get(state, key),
                  found == model.end() ? std::nullopt : std::optional(found->second));
    }
    if (i % 5'000 == 0) {
      for (StateId each : {0, 1}) {
        ASSERT_EQ(rows(each), Rows(expected[each].begin(), expected[each].end()));
      }
    }
  }
}

TEST_F(RocksDbStoreTest, ViewsAndFilesAreOfTheirMomentThoughTheyAreMadeLater) {
  store_->add_state(0, "s", std::nullopt, kByKey);
  for (int i = 0; i < 3'000; ++i) store_->put(0, std::to_string(i), "before");
  auto view = store_->view();
  auto files = store_->files();
  for (int i = 0; i < 4'000; ++i) store_->put(0, std::to_string(i), "after");
  store_->remove(0, "7");
  size_t seen = 0;
  view->scan(0, [&](std::string_view, std::string_view value) {
    ++seen;
    EXPECT_EQ(value, "before");
    return true;
  });
  EXPECT_EQ(seen, 3'000U);
  EXPECT_FALSE(files->files().empty());
  auto late = store_->view();
  store_.reset();
  EXPECT_FALSE(files->files().empty());
  seen = 0;
  late->scan(0, [&](std::string_view, std::string_view) { return ++seen > 0; });
  EXPECT_EQ(seen, 3'999U);
}

TEST_F(RocksDbStoreTest, CompactionKeepsWhatCameFirstAndAsAFileBesideAView) {
  store_->add_state(0, "s", std::nullopt, kByKey);
  // Each time one run, which becomes a file.
  auto put_from = [&](int first, const char* value) {
    for (int i = first; i < first + 60; ++i) store_->put(0, std::to_string(i), value);
  };
  put_from(100, "before");
  auto view = store_->view();
  put_from(130, "after");
  store_->compact(0);
  EXPECT_EQ(rows(0).size(), 90U);
  size_t seen = 0;
  view->scan(0, [&](std::string_view, std::string_view value) {
    ++seen;
    EXPECT_EQ(value, "before");
    return true;
  });
  EXPECT_EQ(seen, 60U);
}

TEST_F(RocksDbStoreTest, CompactionRemovesWhatHasExpired) {
  store_->add_state(0, "values", RowTtl{100, false}, kByKey);
  store_->add_state(1, "lists", RowTtl{100, true}, kByKey);
  store_->add_state(2, "forever", std::nullopt, kByKey);
  for (int64_t touched : {1'000, 1'050}) {
    std::string key = std::to_string(touched);
    store_->put(0, key, timed(touched, "v", false));
    store_->put(2, key, timed(touched, "v", false));
    store_->append(1, "both", timed(touched, key, true));
    store_->append(1, key, timed(touched, key, true));
  }
  clock_.advance_millis(100);
  for (StateId state : {0, 1, 2}) store_->compact(state);
  EXPECT_EQ(rows(0), (Rows{{"1050", timed(1'050, "v", false)}}));
  EXPECT_EQ(rows(1), (Rows{{"1050", timed(1'050, "1050", true)}, {"both", timed(1'050, "1050", true)}}));
  EXPECT_EQ(rows(2).size(), 2U);
}

TEST_F(RocksDbStoreTest, DamagedRowsOutliveCompaction) {
  store_->add_state(0, "values", RowTtl{100, false}, kByKey);
  store_->add_state(1, "lists", RowTtl{100, true}, kByKey);
  store_->put(0, "k", "short");
  store_->append(1, "k", "short");
  for (StateId state : {0, 1}) {
    store_->compact(state);
    EXPECT_EQ(rows(state).size(), 1U);
  }
}

TEST_F(RocksDbStoreTest, TheDirectoryGoesWithTheStore) {
  store_->add_state(0, "s", std::nullopt, kByKey);
  store_->put(0, "k", "v");
  EXPECT_TRUE(fs::exists(directory_.path() / "db"));
  store_.reset();
  EXPECT_TRUE(fs::is_empty(directory_.path()));
}

// -- The backend

class RocksDbBackendTest : public ::testing::Test {
 protected:
  std::unique_ptr<KeyedStateBackend> create(uint32_t subtask = 0) const {
    return make_rocksdb_state_backend(options_)->create(
        {"the operator", subtask, 2, 128, &clock_, make_column_key_codec(), {}});
  }

  TempDirectory directory_;
  ManualClock clock_{1'000};
  RocksDbOptions options_ = [this] {
    RocksDbOptions options;
    options.directories = {directory_.path().string()};
    options.memory_bytes = 24 << 20;
    return options;
  }();
};

TEST_F(RocksDbBackendTest, MakesItsDirectoriesAndRemovesThem) {
  options_.directories = {(directory_.path() / "not" / "there").string(),
                          (directory_.path() / "other").string()};
  auto backend = make_rocksdb_state_backend(options_);
  {
    StateOwner owner{"op", 0, 1, 128, &clock_, make_column_key_codec(), {}};
    auto first = backend->create(owner), second = backend->create(owner);
    for (const std::string& parent : options_.directories) EXPECT_FALSE(fs::is_empty(parent));
  }
  for (const std::string& parent : options_.directories) EXPECT_TRUE(fs::is_empty(parent));
}

TEST_F(RocksDbBackendTest, ANewOneCleansUpAfterProcessesThatHaveDied) {
  const fs::path abandoned = directory_.path() / "pyflinkpp-rocksdb-dead";
  const fs::path unknown = directory_.path() / "pyflinkpp-rocksdb-unknown";
  const fs::path linked = directory_.path() / "pyflinkpp-rocksdb-link";
  fs::create_directories(unknown);
  fs::create_directories(directory_.path() / "others");
  std::ofstream(directory_.path() / "others" / "IN_USE") << "";
  fs::create_directory_symlink(directory_.path() / "others", linked);
  auto alive = create();
  const auto children = [&] {
    return std::distance(fs::directory_iterator(directory_.path()), fs::directory_iterator());
  };
  EXPECT_EQ(children(), 4);
  fs::create_directories(abandoned);
  std::ofstream(abandoned / "IN_USE") << "";  // nobody has it locked
  std::ofstream(abandoned / "000001.sst") << "rows";

  auto next = make_rocksdb_state_backend(options_);
  EXPECT_FALSE(fs::exists(abandoned));
  EXPECT_EQ(children(), 4);
  EXPECT_TRUE(fs::exists(directory_.path() / "others" / "IN_USE"));
}

TEST_F(RocksDbBackendTest, ADirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(directory_.path() / "file") << "not a directory";
  options_.directories = {(directory_.path() / "file").string()};
  try {
    create(1);
    FAIL();
  } catch (const Error& error) {
    std::string message = error.what();
    for (const char* part : {"/file'", "the operator", "subtask 2/2", "state.backend.rocksdb.localdir"}) {
      EXPECT_NE(message.find(part), std::string::npos) << message;
    }
  }
}

TEST_F(RocksDbBackendTest, StateBeyondMemoryIsKept) {
  auto backend = create();
  ValueState state(
      *backend, backend->declare({"v", StateDescriptor::Kind::kValue, make_long_serializer(), nullptr, {}}));
  constexpr int64_t kKeys = 300'000;
  for (int64_t key = 0; key < kKeys; ++key) {
    backend->set_current(long_key(key));
    state.put({static_cast<uint64_t>(key * 3)});
  }
  EXPECT_LT(backend->size(), 100'001U);
  for (int64_t key = 0; key < kKeys; key += 7) {
    backend->set_current(long_key(key));
    ASSERT_EQ(state.find()->word, static_cast<uint64_t>(key * 3));
  }
}

}  // namespace
}  // namespace pf::testing
