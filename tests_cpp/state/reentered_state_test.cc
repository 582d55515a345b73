#include <functional>

#include <gtest/gtest.h>

#include "harness/state_fixture.h"
#include "state/list_state.h"
#include "state/map_state.h"
#include "state/state_backend.h"
#include "state/value_state.h"

namespace pf::testing {
namespace {

using Kind = StateDescriptor::Kind;

/// Runs something whenever a value is written or, once told, destroyed.
class TalkativeSerializer final : public CountedSerializer {
 public:
  void write(Datum value, ByteWriter& out) const override {
    if (on_write) on_write();
    CountedSerializer::write(value, out);
  }
  void destroy(Datum owned) const noexcept override {
    if (on_destroy) on_destroy();
    CountedSerializer::destroy(owned);
  }

  std::function<void()> on_write;
  std::function<void()> on_destroy;
};

class ReenteredStateTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  ReenteredStateTest() {
    backend_ = open_backend(GetParam(), clock_);
    for (const auto& [name, kind] :
         {std::pair("value", Kind::kValue), std::pair("list", Kind::kList), std::pair("map", Kind::kMap)}) {
      backend_->declare({name, kind, serializer_, serializer_, StateTtl{10}});
    }
    value_.emplace(*backend_, 0);
    list_.emplace(*backend_, 1);
    map_.emplace(*backend_, 2);
    for (int key = 0; key < 10; ++key) {
      backend_->set_current(long_key(key));
      fill();
    }
  }
  ~ReenteredStateTest() override {
    serializer_->on_write = serializer_->on_destroy = nullptr;
    value_.reset();
    backend_.reset();
    EXPECT_EQ(serializer_->alive(), 0);
  }
  void fill() {
    value_->put(serializer_->make(1));
    for (int i = 0; i < 3; ++i) list_->add(serializer_->make(i));
    for (int i = 0; i < 3; ++i) map_->put(std::to_string(i), serializer_->make(i));
  }
  /// Everything that a program can do, and that each of it is refused.
  void try_all() {
    if (std::exchange(trying_, true)) return;  // what is refused is let go, too
    const auto refused = [&](const std::function<void()>& action) {
      EXPECT_THROW(action(), Error);
      ++refusals_;
    };
    refused([&] { value_->find(); });
    refused([&] { value_->put(serializer_->make(1)); });
    refused([&] { value_->clear(); });
    refused([&] { list_->get(); });
    refused([&] { list_->add(serializer_->make(1)); });
    refused([&] { list_->update({serializer_->make(1), serializer_->make(2)}); });
    refused([&] { list_->clear(); });
    refused([&] { map_->contains("1"); });
    refused([&] { map_->put("1", serializer_->make(1)); });
    refused([&] { map_->remove("1"); });
    refused([&] { map_->clear(); });
    refused([&] { backend_->set_current(long_key(3)); });
    refused([&] { backend_->set_current(long_key(99)); });
    refused([&] { backend_->for_each_key(0, [] {}); });
    refused([&] { backend_->declare({"another", Kind::kValue, serializer_, nullptr, std::nullopt}); });
    trying_ = false;
  }

  ManualClock clock_{1'000};
  std::shared_ptr<TalkativeSerializer> serializer_ = std::make_shared<TalkativeSerializer>();
  std::unique_ptr<KeyedStateBackend> backend_;
  std::optional<ValueState> value_;
  std::optional<ListState> list_;
  std::optional<MapState> map_;
  int refusals_ = 0;
  bool trying_ = false;
};

TEST_P(ReenteredStateTest, AValueThatIsWrittenCannotReachTheState) {
  serializer_->on_write = [&] { try_all(); };
  auto snapshot = backend_->snapshot();
  EXPECT_GT(refusals_, 0);
  serializer_->on_write = nullptr;
  for (const KeyedSnapshot::State& state : snapshot->states()) {
    int rows = 0;
    snapshot->for_each_row(state, [&](const KeyedRow&) { ++rows; });
    EXPECT_EQ(rows, state.name == "map" ? 30 : 10) << state.name;
  }
  fill();
}

TEST_P(ReenteredStateTest, AValueThatIsWrittenBeforeItChangesCannotReachTheState) {
  auto unwritten = backend_->freeze({.savepoint = true});
  serializer_->on_write = [&] { try_all(); };
  for (int key = 0; key < 10; ++key) {
    backend_->set_current(long_key(key));
    EXPECT_TRUE(value_->find());
  }
  serializer_->on_write = nullptr;
  unwritten->give_up();
}

TEST_P(ReenteredStateTest, AValueThatExpiresCannotReachTheState) {
  clock_.advance_millis(100);
  serializer_->on_destroy = [&] { try_all(); };
  for (int key = 100; key < 120; ++key) {
    backend_->set_current(long_key(key));
    EXPECT_FALSE(value_->find());
  }
  EXPECT_EQ(refusals_ > 0, GetParam() == BackendKind::kHeap);
  serializer_->on_destroy = nullptr;
}

TEST_P(ReenteredStateTest, WhatCannotBeWrittenIsNamedAndWrittenLater) {
  serializer_->on_write = [] { throw std::runtime_error("it is a lock"); };
  try {
    backend_->snapshot();
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("the value of '"), std::string::npos) << text;
    EXPECT_NE(text.find("' for a key of 9 bytes could not be written: it is a lock"), std::string::npos)
        << text;
  }
  serializer_->on_write = nullptr;
  auto snapshot = backend_->snapshot();
  for (const KeyedSnapshot::State& state : snapshot->states()) {
    int rows = 0;
    snapshot->for_each_row(state, [&](const KeyedRow&) { ++rows; });
    EXPECT_EQ(rows, state.name == "map" ? 30 : 10) << state.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, ReenteredStateTest, ::testing::ValuesIn(kBackendKinds),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace pf::testing
