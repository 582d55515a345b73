#include "dataflow/chain/operator_chain.h"

#include <functional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "harness/test_operators.h"
#include "harness/values.h"
#include "harness/wires.h"

namespace pf::testing {
namespace {

using State = OperatorChain::State;
using Log = std::vector<std::string>;

/// An operator whose every part the test can set; writes its life into a log.
struct Scripted final : public Operator {
  Scripted(std::string its_name, Log* its_log) : name(std::move(its_name)), log(its_log) {}
  void open(OperatorContext& context) override {
    Operator::open(context);
    log->push_back("open " + name);
    if (fails_in_open) throw std::runtime_error(name + " cannot open");
  }
  Step process_batch(int input, Batch& batch, Outbox& out) override {
    return on_batch ? on_batch(input, batch, out) : pass_on(*context_, input, batch, out);
  }
  Step take_turn(Outbox& out) override {
    log->push_back("turn " + name);
    return on_turn ? on_turn(out) : Step::kDone;
  }
  Step end_input(int input, Outbox& out) override {
    log->push_back("end " + name + " " + std::to_string(input));
    return on_end ? on_end(out) : Step::kDone;
  }
  void close() override {
    log->push_back("close " + name);
    if (fails_in_close) throw std::runtime_error(name + " cannot close");
  }

  std::string name;
  Log* log;
  std::function<Step(int, Batch&, Outbox&)> on_batch;
  std::function<Step(Outbox&)> on_end;
  std::function<Step(Outbox&)> on_turn;
  OperatorContext& context() { return *context_; }
  bool fails_in_open = false;
  bool fails_in_close = false;
};

class OperatorChainTest : public ::testing::Test {
 protected:
  /// One more node behind the last; the test sets up the operator that it gets back.
  Scripted& add(const std::string& name, int inputs = 1) {
    auto op = std::make_unique<Scripted>(name, &log_);
    Scripted& added = *op;
    add_node({std::move(op), nullptr, inputs, {}, std::make_shared<OperatorMetrics>(), {}});
    return added;
  }
  void add_source(std::unique_ptr<Source> source) {
    add_node({nullptr, std::move(source), 1, {}, std::make_shared<OperatorMetrics>(), {}});
  }
  /// An edge from a node out of the chain, through one channel.
  Wires& output(size_t node, size_t credits, int slot = 0) {
    wires_.push_back(std::make_unique<Wires>(1, credits));
    writers_.push_back(std::make_unique<RecordWriter>(nullptr, make_first_channel_partitioner(),
                                                      wires_.back()->pointers, task_metrics_));
    nodes_[node].targets.push_back({slot, 0, writers_.back().get()});
    return *wires_.back();
  }
  OperatorChain& build() {
    for (auto& node : nodes_) {
      metrics_.push_back(node.metrics);
      node.context.clock = clock_in_use_;
      node.context.wake = [this] { ++wakes_; };
      node.context.wake_after = [this](int64_t nanos) { sleeps_.push_back(nanos); };
    }
    chain_ = std::make_unique<OperatorChain>(std::move(nodes_));
    return *chain_;
  }
  OperatorChain& build_open() {
    build().open();
    log_.clear();
    return *chain_;
  }

  Log log_;
  ManualClock clock_{1'000};
  const Clock* clock_in_use_ = &clock_;
  int wakes_ = 0;
  std::vector<int64_t> sleeps_;
  std::vector<std::shared_ptr<OperatorMetrics>> metrics_;
  std::vector<OperatorChain::Node> nodes_;
  std::unique_ptr<OperatorChain> chain_;

 private:
  void add_node(OperatorChain::Node node) {
    if (!nodes_.empty()) nodes_.back().targets.push_back({0, nodes_.size(), nullptr});
    nodes_.push_back(std::move(node));
  }

  TaskMetrics task_metrics_;
  std::vector<std::unique_ptr<Wires>> wires_;
  std::vector<std::unique_ptr<RecordWriter>> writers_;
};

std::vector<int64_t> rows_of(const std::vector<StreamElement>& elements) {
  std::vector<int64_t> rows;
  for (const auto& element : elements) {
    if (const auto* batch = std::get_if<Batch>(&element)) {
      for (int64_t value : longs_of(*batch)) rows.push_back(value);
    }
  }
  return rows;
}

TEST_F(OperatorChainTest, ABatchPassesThroughAllOperatorsAndIsCounted) {
  add("a");
  add("b");
  Wires& out = output(1, 4);
  OperatorChain& chain = build_open();
  EXPECT_EQ(chain.state(), State::kHungry);
  chain.offer(0, longs({1, 2}));
  EXPECT_FALSE(chain.advance(100));
  EXPECT_EQ(chain.state(), State::kHungry);
  EXPECT_EQ(rows_of(out.drain(0)), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(metrics_[0]->records_out.value(), 2);
  EXPECT_EQ(metrics_[1]->records_in.value(), 2);
  EXPECT_EQ(metrics_[1]->batches_out.value(), 1);
}

TEST_F(OperatorChainTest, AnOperatorThatAnswersAgainIsCalledOnceItsOutboxIsEmpty) {
  int left = 3;
  add("a").on_batch = [&](int, Batch&, Outbox& out) {
    EXPECT_TRUE(out.has_room());
    out.emit(longs({left}));
    return --left == 0 ? Step::kDone : Step::kAgain;
  };
  add("b");
  Wires& out = output(1, 4);
  OperatorChain& chain = build_open();
  chain.offer(0, longs({0}));
  chain.advance(100);
  EXPECT_EQ(rows_of(out.drain(0)), (std::vector<int64_t>{3, 2, 1}));
  EXPECT_EQ(metrics_[0]->records_in.value(), 1);
}

TEST_F(OperatorChainTest, AWaitingOperatorIsCalledOnlyAfterStopWaiting) {
  int calls = 0;
  add("a");
  add("b").on_batch = [&](int, Batch& batch, Outbox& out) {
    if (++calls < 3) return Step::kWait;
    out.emit(batch);
    return Step::kDone;
  };
  Wires& out = output(1, 4);
  OperatorChain& chain = build_open();
  chain.offer(0, longs({7}));
  for (int wakes = 0; wakes < 2; ++wakes) {
    chain.advance(100);
    EXPECT_EQ(chain.state(), State::kWaiting);
    EXPECT_EQ(calls, wakes + 1);
    chain.advance(100);
    EXPECT_EQ(calls, wakes + 1);
    chain.stop_waiting();
  }
  chain.advance(100);
  EXPECT_EQ(chain.state(), State::kHungry);
  EXPECT_EQ(rows_of(out.drain(0)), (std::vector<int64_t>{7}));
}

TEST_F(OperatorChainTest, AnOperatorThatEmitsWithoutEndIsHeldUpByMissingCredit) {
  int64_t calls = 0;
  add("a").on_batch = [&](int, Batch&, Outbox& out) {
    out.emit(longs({calls++}));
    return Step::kAgain;
  };
  add("b");
  add("c");
  Wires& out = output(2, 4);
  OperatorChain& chain = build_open();
  chain.offer(0, longs({0}));
  EXPECT_FALSE(chain.advance(1'000'000));
  EXPECT_EQ(chain.state(), State::kBackpressured);
  // Four in the channel, one on its way in each operator.
  EXPECT_LE(calls, 4 + 2 * 3);
  int64_t before = calls;
  EXPECT_EQ(out.drain(0).size(), 4U);
  EXPECT_EQ(out.writer.count(), 1);
  chain.advance(1'000'000);
  EXPECT_EQ(calls, before + 4);
  EXPECT_EQ(rows_of(out.drain(0)), (std::vector<int64_t>{4, 5, 6, 7}));
}

TEST_F(OperatorChainTest, AnEndlessSourceIsHeldUpToo) {
  LifeCycle life;
  add_source(std::make_unique<EndlessSource>(&life));
  Wires& out = output(0, 2);
  OperatorChain& chain = build_open();
  EXPECT_FALSE(chain.advance(1'000));
  EXPECT_EQ(chain.state(), State::kBackpressured);
  EXPECT_EQ(rows_of(out.drain(0)), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(metrics_[0]->records_out.value(), 2);
}

TEST_F(OperatorChainTest, AdvanceStopsAtItsLimit) {
  int calls = 0;
  add("a").on_batch = [&](int, Batch&, Outbox&) {
    ++calls;
    return Step::kAgain;
  };
  OperatorChain& chain = build_open();
  chain.offer(0, longs({0}));
  EXPECT_TRUE(chain.advance(10));
  EXPECT_EQ(calls, 10);
}

TEST_F(OperatorChainTest, SlotsLeadTheirOwnWayAndWatermarksGoEverywhere) {
  add("a").on_batch = [](int, Batch& batch, Outbox& out) {
    out.emit(longs({1}), 1);
    out.emit(longs({2}), 2);
    out.emit(std::move(batch));
    return Step::kDone;
  };
  Wires& main = output(0, 8, 0);
  Wires& side = output(0, 8, 1);
  Wires& same_side = output(0, 8, 1);
  OperatorChain& chain = build_open();
  chain.offer(0, longs({0}));
  chain.offer(0, Watermark{5});
  chain.advance(100);
  for (auto [wires, row] : {std::pair(&main, 0), std::pair(&side, 1), std::pair(&same_side, 1)}) {
    auto received = wires->drain(0);
    EXPECT_EQ(rows_of(received), (std::vector<int64_t>{row}));
    ASSERT_EQ(received.size(), 2U);
    EXPECT_EQ(std::get<Watermark>(received[1]).timestamp, 5);
  }
}

TEST_F(OperatorChainTest, ABranchWithoutCreditHoldsBackItsSiblingsSoThatNothingIsSentTwice) {
  add("a");
  Wires& roomy = output(0, 8);
  Wires& narrow = output(0, 1);
  OperatorChain& chain = build_open();
  for (int64_t row = 0; row < 3; ++row) {
    chain.offer(0, longs({row}));
    chain.advance(100);
    if (chain.state() == State::kBackpressured) break;
  }
  EXPECT_EQ(chain.state(), State::kBackpressured);
  EXPECT_EQ(rows_of(roomy.drain(0)), (std::vector<int64_t>{0}));
  narrow.drain(0);
  chain.advance(100);
  EXPECT_EQ(rows_of(roomy.drain(0)), (std::vector<int64_t>{1}));
  EXPECT_EQ(rows_of(narrow.drain(0)), (std::vector<int64_t>{1}));
}

TEST_F(OperatorChainTest, EndOfInputFollowsWhatTheOperatorsEmitAtTheEnd) {
  int left = 2;
  add("a").on_end = [&](Outbox& out) {
    out.emit(longs({left}));
    return --left == 0 ? Step::kDone : Step::kAgain;
  };
  add("b").on_end = [](Outbox& out) {
    out.emit(longs({99}));
    return Step::kDone;
  };
  Wires& out = output(1, 8);
  OperatorChain& chain = build_open();
  chain.offer(0, EndOfInput{});
  chain.advance(100);
  EXPECT_EQ(chain.state(), State::kFinished);
  auto received = out.drain(0);
  EXPECT_EQ(rows_of(received), (std::vector<int64_t>{2, 1, 99}));
  EXPECT_TRUE(std::holds_alternative<EndOfInput>(received.back()));
  EXPECT_EQ(log_, (Log{"end a 0", "end a 0", "end b 0"}));
}

TEST_F(OperatorChainTest, TheChainEndsWithTheLastOfItsInputs) {
  add("a", 2);
  Wires& out = output(0, 8);
  OperatorChain& chain = build_open();
  chain.offer(1, EndOfInput{});
  chain.advance(100);
  EXPECT_EQ(chain.state(), State::kHungry);
  chain.offer(0, longs({5}));
  chain.offer(0, EndOfInput{});
  chain.advance(100);
  EXPECT_EQ(chain.state(), State::kFinished);
  EXPECT_EQ(log_, (Log{"end a 1", "end a 0"}));
  EXPECT_EQ(out.drain(0).size(), 2U);
}

TEST_F(OperatorChainTest, IsNotFinishedBeforeTheEndHasLeft) {
  add("a");
  Wires& out = output(0, 1);
  OperatorChain& chain = build_open();
  chain.offer(0, longs({1}));
  chain.advance(100);
  chain.offer(0, EndOfInput{});
  chain.advance(100);
  EXPECT_EQ(chain.state(), State::kBackpressured);
  out.drain(0);
  chain.advance(100);
  EXPECT_EQ(chain.state(), State::kFinished);
}

TEST_F(OperatorChainTest, AnEndedSourceSendsTheLastWatermarkBeforeTheEnd) {
  struct Empty final : Source {
    Poll poll(Outbox&) override { return Poll::kEnd; }
  };
  add_source(std::make_unique<Empty>());
  add("a");
  Wires& out = output(1, 8);
  OperatorChain& chain = build_open();
  chain.advance(100);
  EXPECT_EQ(chain.state(), State::kFinished);
  auto received = out.drain(0);
  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(std::get<Watermark>(received[0]).timestamp, kMaxTimestamp);
}

TEST_F(OperatorChainTest, WhatGoesOnFromItsEndOnlyTellsTheOthersSo) {
  add("a");
  add("b");
  add("c");
  nodes_[0].ended = nodes_[1].ended = true;
  Wires& side = output(1, 8);
  Wires& out = output(2, 8);
  OperatorChain& chain = build_open();
  chain.offer(0, EndOfInput{});
  chain.advance(100);
  EXPECT_EQ(chain.state(), State::kFinished);
  EXPECT_EQ(log_, Log{"end c 0"});
  for (Wires* wires : {&side, &out}) {
    auto received = wires->drain(0);
    ASSERT_EQ(received.size(), 2U);
    EXPECT_EQ(std::get<Watermark>(received[0]).timestamp, kMaxTimestamp);
    EXPECT_TRUE(std::holds_alternative<EndOfInput>(received[1]));
  }
}

TEST_F(OperatorChainTest, WatermarksAndStatusesPassThroughAndShowInTheMetrics) {
  add("a");
  add("b");
  Wires& out = output(1, 8);
  OperatorChain& chain = build_open();
  EXPECT_EQ(metrics_[0]->input_watermark.value(), kMinTimestamp);
  chain.offer(0, Watermark{7});
  chain.offer(0, WatermarkStatus{true});
  chain.advance(100);
  auto received = out.drain(0);
  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(std::get<Watermark>(received[0]).timestamp, 7);
  EXPECT_TRUE(std::get<WatermarkStatus>(received[1]).idle);
  for (const auto& metrics : metrics_) {
    EXPECT_EQ(metrics->input_watermark.value(), 7);
    EXPECT_EQ(metrics->output_watermark.value(), 7);
  }
}

TEST_F(OperatorChainTest, ACallThatTookTooLongIsTheLastOfItsAdvance) {
  int left = 3;
  add("a").on_end = [&](Outbox&) {
    clock_.advance_millis(2);
    return --left == 0 ? Step::kDone : Step::kAgain;
  };
  OperatorChain& chain = build_open();
  chain.offer(0, EndOfInput{});
  EXPECT_TRUE(chain.advance(100, clock_.coarse_nanos() + 3'000'000));
  EXPECT_EQ(log_, (Log{"end a 0", "end a 0"}));
  EXPECT_FALSE(chain.advance(100, clock_.coarse_nanos() + 3'000'000));
  EXPECT_EQ(log_.size(), 3U);
}

TEST_F(OperatorChainTest, OpensFromTheLastToTheFirstAndClosesEachOnce) {
  add("a");
  add("b");
  OperatorChain& chain = build();
  chain.open();
  chain.close();
  chain.close();
  EXPECT_EQ(log_, (Log{"open b", "open a", "close a", "close b"}));
}

TEST_F(OperatorChainTest, ResultsBeforeAFailureArePassedOnFirst) {
  add("a").on_batch = [](int, Batch&, Outbox& out) -> Step {
    out.emit(longs({7}));
    throw std::runtime_error("bad record");
  };
  add("b");
  Wires& out = output(1, 4);
  OperatorChain& chain = build_open();
  chain.offer(0, longs({1}));
  chain.advance(100);
  EXPECT_EQ(rows_of(out.drain(0)), (std::vector<int64_t>{7}));
  EXPECT_EQ(wakes_, 1);
  chain.stop_waiting();
  EXPECT_THROW(chain.advance(100), std::runtime_error);
}

TEST_F(OperatorChainTest, AnOperatorGetsTheTurnThatItAsksFor) {
  Scripted& a = add("a");
  OperatorChain& chain = build_open();
  a.context().request_turn();
  EXPECT_EQ(wakes_, 1);
  chain.advance(100);
  chain.advance(100);
  EXPECT_EQ(log_, (Log{"turn a"}));
}

TEST_F(OperatorChainTest, ATurnThatIsNotFinishedGoesOn) {
  Scripted& a = add("a");
  Wires& out = output(0, 8);
  int left = 2;
  a.on_turn = [&](Outbox& outbox) {
    outbox.emit(longs({left}));
    return --left > 0 ? Step::kAgain : Step::kDone;
  };
  OperatorChain& chain = build_open();
  a.context().request_turn();
  chain.offer(0, longs({9}));
  chain.advance(100);
  EXPECT_EQ(rows_of(out.drain(0)), (std::vector<int64_t>{2, 1, 9}));
}

TEST_F(OperatorChainTest, ATurnComesAtItsTimeTheEarliestFirst) {
  Scripted& a = add("a");
  OperatorChain& chain = build_open();
  a.context().request_turn_at(1'500);
  a.context().request_turn_at(1'200);
  a.context().request_turn_at(1'300);
  EXPECT_EQ(sleeps_, (std::vector<int64_t>{500'000'000, 200'000'000}));
  clock_.advance_millis(199);
  chain.advance(100);
  EXPECT_EQ(log_, Log{});
  clock_.advance_millis(1);
  chain.advance(100);
  EXPECT_EQ(log_, (Log{"turn a"}));
}

TEST_F(OperatorChainTest, AWakeThatComesTooEarlyIsFollowedByAnother) {
  struct SetBack final : Clock {
    int64_t epoch_millis() const override { return epoch; }
    int64_t monotonic_nanos() const override { return monotonic; }
    int64_t epoch = 1'000;
    int64_t monotonic = 0;
  } clock;
  clock_in_use_ = &clock;
  Scripted& a = add("a");
  OperatorChain& chain = build_open();
  a.context().request_turn_at(1'500);
  clock.epoch = 1'100;  // set back by 400 ms in the meantime
  clock.monotonic = 500'000'000;
  chain.stop_waiting();
  chain.advance(100);
  EXPECT_EQ(sleeps_, (std::vector<int64_t>{500'000'000, 400'000'000}));
  clock.epoch = 1'500;
  clock.monotonic = 900'000'000;
  chain.stop_waiting();
  chain.advance(100);
  EXPECT_EQ(sleeps_.size(), 2U);
  EXPECT_EQ(log_.back(), "turn a");
}

TEST_F(OperatorChainTest, ATurnInTheFarFutureIsSleptForInParts) {
  Scripted& a = add("a");
  OperatorChain& chain = build_open();
  a.context().request_turn_at(kMaxTimestamp - 1);
  EXPECT_EQ(sleeps_, std::vector<int64_t>{86'400'000'000'000});
  clock_.advance_millis(86'400'000);
  chain.stop_waiting();
  EXPECT_EQ(sleeps_.size(), 2U);
  EXPECT_FALSE(chain.advance(100));
}

TEST_F(OperatorChainTest, ATurnNeverInterruptsAnElement) {
  Scripted& a = add("a");
  bool first = true;
  a.on_batch = [&](int, Batch&, Outbox&) {
    a.context().request_turn();
    log_.push_back("batch a");
    return std::exchange(first, false) ? Step::kAgain : Step::kDone;
  };
  OperatorChain& chain = build_open();
  chain.offer(0, longs({1}));
  chain.advance(100);
  EXPECT_EQ(log_, (Log{"batch a", "batch a", "turn a"}));
}

TEST_F(OperatorChainTest, ATurnComesBetweenRowsWhereTheOperatorYields) {
  Scripted& a = add("a");
  bool first = true;
  a.on_batch = [&](int, Batch&, Outbox&) {
    if (first) a.context().request_turn();
    log_.push_back("rows a");
    return std::exchange(first, false) ? Step::kYield : Step::kDone;
  };
  OperatorChain& chain = build_open();
  chain.offer(0, longs({1, 2}));
  chain.advance(100);
  EXPECT_EQ(log_, (Log{"rows a", "turn a", "rows a"}));
  EXPECT_EQ(metrics_[0]->records_in.value(), 2);
}

TEST_F(OperatorChainTest, AnOperatorThatWaitsIsWokenAtTheTimesItAsksFor) {
  Scripted& a = add("a");
  a.on_batch = [&](int, Batch&, Outbox&) {
    a.context().request_turn_at(clock_.epoch_millis() + 100);
    return Step::kWait;
  };
  OperatorChain& chain = build_open();
  chain.offer(0, longs({1}));
  for (int i = 0; i < 3; ++i) {
    chain.stop_waiting();
    chain.advance(100);
    clock_.advance_millis(100);
  }
  EXPECT_EQ(sleeps_, std::vector<int64_t>(3, 100'000'000));
}

TEST_F(OperatorChainTest, NoTurnFollowsTheEnd) {
  Scripted& a = add("a");
  OperatorChain& chain = build_open();
  a.context().request_turn_at(2'000);
  chain.offer(0, EndOfInput{});
  chain.advance(100);
  clock_.advance_millis(5'000);
  chain.advance(100);
  EXPECT_EQ(log_, (Log{"end a 0"}));
}

TEST_F(OperatorChainTest, AfterAFailedOpenOnlyWhatWasOpenedIsClosed) {
  add("a");
  add("b").fails_in_open = true;
  add("c");
  OperatorChain& chain = build();
  EXPECT_THROW(chain.open(), std::runtime_error);
  chain.close();
  EXPECT_EQ(log_, (Log{"open c", "open b", "close b", "close c"}));
}

TEST_F(OperatorChainTest, EveryOperatorIsClosedThoughSomeFailToAndTheFirstFailureIsReported) {
  add("a").fails_in_close = true;
  add("b").fails_in_close = true;
  add("c");
  OperatorChain& chain = build_open();
  try {
    chain.close();
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& failure) {
    EXPECT_STREQ(failure.what(), "a cannot close");
  }
  EXPECT_EQ(log_, (Log{"close a", "close b", "close c"}));
}

TEST_F(OperatorChainTest, AnExceptionInTheMiddleLeavesThroughAdvance) {
  add("a");
  add("b").on_batch = [](int, Batch&, Outbox&) -> Step { throw std::runtime_error("bad record"); };
  add("c");
  OperatorChain& chain = build_open();
  chain.offer(0, longs({1}));
  EXPECT_THROW(chain.advance(100), std::runtime_error);
  chain.close();
  EXPECT_EQ(log_, (Log{"close a", "close b", "close c"}));
}

}  // namespace
}  // namespace pf::testing
