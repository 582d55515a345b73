#include <atomic>
#include <chrono>
#include <map>
#include <random>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "base/error.h"
#include "dataflow/exchange/value_as_key.h"
#include "harness/program.h"
#include "harness/state_fixture.h"
#include "harness/test_operators.h"
#include "state/value_state.h"

namespace pf::testing {
namespace {

using Answered = std::future<std::shared_ptr<const KeyedSnapshot>>;

constexpr int64_t kKeys = 10;
constexpr int64_t kRounds = 10;

/// Each key so many times, a row at a time, and then nothing, without an end.
class OpenSource final : public Source {
 public:
  Poll poll(Outbox& out) override {
    if (next_ == kKeys * kRounds) return Poll::kWait;
    out.emit(longs({next_++ % kKeys}));
    return Poll::kMore;
  }

 private:
  int64_t next_ = 0;
};

/// Counts each key, in a state 'count' that is queryable; the first attempts fail after so many rows.
class Counting final : public Operator {
 public:
  Counting(std::string queryable_name, uint32_t failing_attempts)
      : queryable_name_(std::move(queryable_name)), failing_attempts_(failing_attempts) {}

  void open(OperatorContext& context) override {
    Operator::open(context);
    state_ = context.create_keyed_state(make_column_key_codec());
    count_.emplace(*state_, state_->declare({"count", StateDescriptor::Kind::kValue, make_long_serializer(),
                                             nullptr, std::nullopt, queryable_name_}));
  }
  Step process_batch(int, Batch& batch, Outbox& out) override {
    for (int64_t key : longs_of(batch)) {
      if (context_->attempt < failing_attempts_ && ++rows_ == 20) throw std::runtime_error("as planned");
      state_->set_current(long_key(key));
      const Datum* before = count_->find();
      count_->put({before ? before->word + 1 : 1});
    }
    batch.keys = nullptr;
    out.emit(std::move(batch));
    return Step::kDone;
  }

 private:
  const std::string queryable_name_;
  const uint32_t failing_attempts_;
  std::unique_ptr<KeyedStateBackend> state_;
  std::optional<ValueState> count_;
  int rows_ = 0;
};

uint32_t then_counting(Program& program, uint32_t from, const std::string& name,
                       const std::string& queryable_name, uint32_t parallelism,
                       uint32_t failing_attempts = 0) {
  const uint32_t id = program.op(name, operator_of<Counting>(queryable_name, failing_attempts), parallelism);
  StreamEdge edge;
  edge.source = from;
  edge.target = id;
  edge.strategy = ShipStrategy::kHash;
  edge.keys = make_value_as_key();
  program.graph().add_edge(std::move(edge));
  return id;
}

void declare(Program& program, uint32_t parallelism, uint32_t failing_attempts = 0) {
  program.graph().name = "counts";
  program.graph().batch_size = 1;
  program.graph().restart = FixedDelay{5, 20};
  const uint32_t source = program.source("numbers", source_of<OpenSource>());
  then_counting(program, source, "Count", "how many", parallelism, failing_attempts);
}

Answered ask(const Job& job, int64_t key, const std::string& name = "how many") {
  const std::string bytes = long_key(key);
  return job.look_up(name, bytes, make_column_key_codec()->hash_code(bytes));
}

bool has_come(const Answered& answer) {
  return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

/// 0 where there is nothing.
int64_t count_of(Answered answer) {
  const auto found = answer.get();
  if (!found) return 0;
  int64_t count = 0;
  found->for_each_row("count", {}, [&](const KeyedStateInfo&, const KeyedRow& row) {
    count = static_cast<int64_t>(ByteReader(row.value).get_fixed64());
  });
  return count;
}

int64_t count_now(SeededJob& seeded, int64_t key) {
  Answered answer = ask(seeded.job, key);
  seeded.executor->drain();
  EXPECT_TRUE(has_come(answer)) << "nobody has answered for " << key;
  return count_of(std::move(answer));
}

/// What the Error says that comes instead of an answer.
std::string refusal(const std::function<Answered()>& asked) {
  try {
    const auto found = asked().get();
    return found ? "an answer" : "nothing";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(QueryableStateTest, EachKeyIsLookedUpWhereItIs) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Program program;
    declare(program, 1 + seed % 4);
    SeededJob seeded(program, seed);
    seeded.job.start();
    seeded.executor->drain();
    for (int64_t key = 0; key < kKeys; ++key) EXPECT_EQ(count_now(seeded, key), kRounds);
    EXPECT_EQ(count_now(seeded, kKeys), 0);
  }
}

TEST(QueryableStateTest, AnAnswerIsOfAMomentWhileRecordsGoOn) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Program program;
    declare(program, 2);
    SeededJob seeded(program, seed);
    std::mt19937_64 random(seed);
    seeded.job.start();
    std::map<int64_t, int64_t> last;
    std::vector<std::pair<int64_t, Answered>> asked;
    while (seeded.executor->run_one()) {
      const auto key = static_cast<int64_t>(random() % (4 * kKeys));
      try {
        if (key < kKeys) asked.emplace_back(key, ask(seeded.job, key));
      } catch (const Error&) {
        EXPECT_TRUE(last.empty()) << "what was there is unknown";
      }
      std::erase_if(asked, [&](auto& of_key) {
        auto& [key, answer] = of_key;
        if (!has_come(answer)) return false;
        const int64_t count = count_of(std::move(answer));
        EXPECT_GE(count, last[key]);
        last[key] = count;
        return true;
      });
    }
    EXPECT_TRUE(asked.empty());
    for (const auto& [key, count] : last) EXPECT_LE(count, kRounds);
  }
}

TEST(QueryableStateTest, AnUnknownNameIsRefusedWithThoseThereAre) {
  Program program;
  declare(program, 2);
  SeededJob seeded(program, 1);
  EXPECT_EQ(refusal([&] { return ask(seeded.job, 1); }),
            "the job 'counts' has no queryable state 'how many'; there are: none (a state is there once its "
            "function has asked for it)");
  seeded.job.start();
  seeded.executor->drain();
  EXPECT_EQ(
      refusal([&] { return ask(seeded.job, 1, "how much"); }),
      "the job 'counts' has no queryable state 'how much'; there are: 'how many' (a state is there once "
      "its function has asked for it)");
}

TEST(QueryableStateTest, TwoOperatorsCanNotHaveOneName) {
  Program program;
  const uint32_t source = program.source("numbers", source_of<OpenSource>());
  const uint32_t first = then_counting(program, source, "Count", "how many", 2);
  then_counting(program, first, "Count again", "how many", 2);
  SeededJob seeded(program, 1);
  seeded.run();
  EXPECT_EQ(seeded.job.status(), JobStatus::kFailed);
  const std::string failure = failure_of(seeded.job);
  EXPECT_NE(failure.find("the queryable name 'how many' is given to the state 'count' of 'Count"),
            std::string::npos)
      << failure;
  EXPECT_NE(failure.find("'Count again'"), std::string::npos) << failure;
}

TEST(QueryableStateTest, WhoAsksAJobThatEndsIsTold) {
  Program program;
  declare(program, 2);
  SeededJob seeded(program, 1);
  seeded.job.start();
  seeded.executor->drain();
  Answered waiting = ask(seeded.job, 1);
  seeded.job.cancel();
  Answered late = ask(seeded.job, 1);
  seeded.executor->drain();
  ASSERT_TRUE(has_come(waiting) && has_come(late));
  for (Answered* answer : {&waiting, &late}) {
    EXPECT_NE(refusal([&] { return std::move(*answer); }).find("has ended or starts over"),
              std::string::npos);
  }
  EXPECT_EQ(refusal([&] { return ask(seeded.job, 1); }),
            "the job 'counts' has ended (CANCELED), and with it its queryable state 'how many'");
}

TEST(QueryableStateTest, ARestartedTaskIsFound) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Program program;
    declare(program, 2, 2);
    SeededJob seeded(program, seed);
    seeded.job.start();
    std::mt19937_64 random(seed);
    std::vector<Answered> asked;
    bool was_refused = false;
    for (int turns = 0; turns < 20; ++turns) {
      while (seeded.executor->run_one()) {
        try {
          if (random() % 4 == 0) asked.push_back(ask(seeded.job, 1));
        } catch (const Error&) {
          EXPECT_EQ(seeded.job.restarts(), 0U) << "what was there is unknown";
        }
      }
      if (seeded.job.status() == JobStatus::kRestarting)
        was_refused |= refusal([&] { return ask(seeded.job, 1); }).find("starts over") != std::string::npos;
      seeded.clock.advance_millis(10);
    }
    for (Answered& answer : asked) EXPECT_TRUE(has_come(answer));
    EXPECT_TRUE(was_refused);
    EXPECT_EQ(seeded.job.restarts(), 2U);
    for (int64_t key = 0; key < kKeys; ++key) EXPECT_EQ(count_now(seeded, key), kRounds);
  }
}

TEST(QueryableStateTest, OnThreads) {
  Program program;
  declare(program, 3, 1);
  ThreadedJob threaded(program);
  threaded.job.start();
  std::atomic<int> answers{0};
  std::vector<std::thread> askers;
  for (int64_t asker = 0; asker < 3; ++asker) {
    askers.emplace_back([&, asker] {
      while (true) {
        const std::string refused = refusal([&] { return ask(threaded.job, asker); });
        if (refused.starts_with("the job 'counts' has ended")) return;
        if (refused == "an answer") ++answers;
      }
    });
  }
  EXPECT_TRUE(eventually([&] {
    try {
      return count_of(ask(threaded.job, 1)) == kRounds;
    } catch (const Error&) {
      return false;
    }
  }));
  EXPECT_TRUE(eventually([&] { return answers > 100; }));
  threaded.job.cancel();
  EXPECT_TRUE(threaded.job.wait(10'000));
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(threaded.job.restarts(), 1U);
}

}  // namespace
}  // namespace pf::testing
