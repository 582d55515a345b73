"""A job with every kind of state, stopped and gone on with at other parallelisms and backends.

As a program, `python -m datastream.rescaling LOOPS SEED` repeats it with all cores kept busy.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from datastream.environments import environment
from pyflinkpp.aggregates import SlicedAggregateFunction
from pyflinkpp.common import Time, Types, WatermarkStrategy
from pyflinkpp.common.errors import PyFlinkppError
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream import (
    AggregateFunction,
    BroadcastProcessFunction,
    FlatMapFunction,
    KeyedProcessFunction,
    ProcessWindowFunction,
    StreamExecutionEnvironment,
)
from pyflinkpp.datastream.connectors.datagen import DataGeneratorSource
from pyflinkpp.datastream.functions import CheckpointedFunction
from pyflinkpp.datastream.state import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    ValueStateDescriptor,
)
from pyflinkpp.datastream.window import (
    EventTimeSessionWindows,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
)

KEYS, BLOCK, PAUSE, RULES = 13, 500, 5_000, 10
AT_THE_END = 2**62


def time_of(n: int) -> int:
    """Blocks of numbers, with pauses in between that end sessions."""
    return n + n // BLOCK * PAUSE


class NumberAsTime(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return time_of(value)


class Largest(AggregateFunction):
    def create_accumulator(self):
        return -1

    def add(self, value, accumulator):
        return max(value, accumulator)

    def get_result(self, accumulator):
        return accumulator

    def merge(self, one, other):
        return max(one, other)


class Together(SlicedAggregateFunction):
    """All numbers, of windows that share slices."""

    def create_accumulator(self):
        return ()

    def add(self, value, accumulator):
        return (*accumulator, value)

    def get_result(self, accumulator):
        return tuple(sorted(accumulator))

    def merge(self, one, other):
        return one + other


class KeepsAll(KeyedProcessFunction):
    """All kinds of keyed state, shown by a timer at the end of time."""

    def open(self, runtime_context):
        long = Types.LONG()
        self.count = runtime_context.get_state(ValueStateDescriptor("count", long))
        self.all = runtime_context.get_list_state(ListStateDescriptor("all", long))
        self.by_digit = runtime_context.get_map_state(MapStateDescriptor("by digit", long, long))
        self.sum = runtime_context.get_reducing_state(
            ReducingStateDescriptor("sum", lambda a, b: a + b, long)
        )
        self.largest = runtime_context.get_aggregating_state(
            AggregatingStateDescriptor("largest", Largest(), long)
        )

    def process_element(self, value, ctx):
        self.count.update((self.count.value() or 0) + 1)
        self.all.add(value)
        self.by_digit.put(value % 10, (self.by_digit.get(value % 10) or 0) + 1)
        self.sum.add(value)
        self.largest.add(value)
        ctx.timer_service().register_event_time_timer(AT_THE_END)

    def on_timer(self, timestamp, ctx):
        yield (
            "keyed",
            ctx.get_current_key(),
            self.count.value(),
            tuple(sorted(self.all.get())),
            tuple(sorted(self.by_digit.items())),
            self.sum.get(),
            self.largest.get(),
        )


class ShowsWindow(ProcessWindowFunction):
    def __init__(self, name: str) -> None:
        self.name = name

    def process(self, key, context, elements):
        yield self.name, key, context.window().start, tuple(sorted(elements))


class ShowsSlices(ProcessWindowFunction):
    def process(self, key, context, elements):
        (together,) = elements
        yield "sliced", key, context.window().start, together


class HoldsBack(FlatMapFunction, CheckpointedFunction):
    """Holds every third number in a list until the job goes on from a savepoint; counts in a union."""

    def __init__(self, holds: bool) -> None:
        self.holds = holds

    def open(self, runtime_context):
        self.subtask = runtime_context.get_index_of_this_subtask()

    def initialize_state(self, context):
        store = context.get_operator_state_store()
        self.held = store.get_list_state(ListStateDescriptor("held", Types.LONG()))
        self.counts = store.get_union_list_state(ListStateDescriptor("counts", Types.LONG()))
        self.freed = list(self.held.get())
        self.now_held: list[int] = []
        self.before = sum(self.counts.get())
        self.count = 0

    def snapshot_state(self, context):
        self.held.update(self.freed + self.now_held)
        self.counts.update([self.count + (self.before if self.subtask == 0 else 0)])

    def flat_map(self, value):
        self.count += 1
        freed, self.freed = self.freed, []
        if self.holds and value % 3 == 0:
            self.now_held.append(value)
        else:
            freed.append(value)
        for each in freed:
            yield "held", each
        yield "counted", self.subtask, self.count + (self.before if self.subtask == 0 else 0)


class KnowsRules(BroadcastProcessFunction):
    def __init__(self, descriptor: MapStateDescriptor) -> None:
        self.descriptor = descriptor

    def process_element(self, value, ctx):
        yield "rules", value, len(list(ctx.get_broadcast_state(self.descriptor).keys()))

    def process_broadcast_element(self, value, ctx):
        ctx.get_broadcast_state(self.descriptor).put(value, value)


def results_of(env: StreamExecutionEnvironment, count: int, rate: float, holds: bool):
    long, pickled = Types.LONG(), Types.PICKLED_BYTE_ARRAY()
    times = WatermarkStrategy.no_watermarks().with_timestamp_assigner(NumberAsTime())
    source = DataGeneratorSource(lambda i: i, count, rate, long)
    numbers = env.from_source(source, times, "numbers", long).uid("numbers")
    keyed = numbers.key_by(lambda n: n % KEYS, long)
    blocks = Time.milliseconds(BLOCK + PAUSE)
    pairs = numbers.map(lambda n: (n % KEYS, n), Types.TUPLE([long, long])).uid("pairs")
    sums = pairs.key_by(lambda pair: pair[0], long).window(TumblingEventTimeWindows.of(blocks)).sum(1)
    rules = MapStateDescriptor("rules", long, long)
    given = env.from_collection(list(range(RULES)), long).uid("given").broadcast(rules)
    return (
        keyed.process(KeepsAll(), pickled)
        .uid("keyed")
        .union(
            sums.uid("sums").map(lambda pair: ("sum", *pair), pickled).uid("shown sums"),
            keyed.window(SlidingEventTimeWindows.of(blocks, Time.milliseconds(PAUSE // 2)))
            .process(ShowsWindow("sliding"), pickled)
            .uid("sliding"),
            keyed.window(SlidingEventTimeWindows.of(blocks, Time.milliseconds(PAUSE // 2)))
            .aggregate(Together(), ShowsSlices(), output_type=pickled)
            .uid("sliced"),
            keyed.window(EventTimeSessionWindows.with_gap(Time.milliseconds(PAUSE // 2)))
            .process(ShowsWindow("session"), pickled)
            .uid("sessions"),
            numbers.rebalance().flat_map(HoldsBack(holds), pickled).uid("held"),
            numbers.connect(given).process(KnowsRules(rules), pickled).uid("rules"),
        )
    )


def run_until_stopped(
    env: StreamExecutionEnvironment, count: int, rate: float, rows: int, folder: str
) -> tuple[list[Any], str | None]:
    """Stopped after so many rows: all that it has shown, and its savepoint, if there were numbers left."""
    with results_of(env, count, rate, holds=True).execute_and_collect() as results:
        shown = [next(results) for _ in range(rows)]
        stopping = results.get_job_client().stop_with_savepoint(False, folder)
        shown += results
    try:
        return shown, stopping.result(60)
    except PyFlinkppError:
        return shown, None


def run_to_end(env: StreamExecutionEnvironment, count: int, rate: float) -> list[Any]:
    with results_of(env, count, rate, holds=False).execute_and_collect() as results:
        return list(results)


def run_in_stages(stages: Sequence[tuple[int, str]], folder: str, count: int, rate: float) -> list[list[Any]]:
    """Results of each stage, (parallelism, state backend); all but the last one are stopped on the way.

    Fewer of them where the numbers are used up before all subtasks of the last stage had one.
    """
    shown: list[list[Any]] = []
    savepoint: str | None = None
    for stage, (parallelism, backend) in enumerate(stages):
        env = environment(parallelism, savepoint=savepoint, backend=backend)
        if stage == len(stages) - 1:
            shown.append(run_to_end(env, count, rate))
            break
        rows, savepoint = run_until_stopped(env, count, rate, count // len(stages), folder)
        shown.append(rows)
        if savepoint is None:
            break
    # What a subtask holds it shows with the next number that it is given.
    subtasks = {row[1] for row in shown[-1] if row[0] == "counted"}
    return shown if len(subtasks) == stages[len(shown) - 1][0] else shown[:-1]


def check(shown: list[list[Any]], stages: int, count: int) -> None:
    """All that was to be shown, each once."""
    assert len(shown) == stages, "the numbers were used up too early"
    rows = Counter(row for stage in shown for row in stage if row[0] not in ("counted", "rules"))
    wanted = expected(count)
    lost, twice = list(wanted - rows), list(rows - wanted)
    assert rows == wanted, f"lost {lost[:5]}, twice {twice[:5]}"
    rules = [row for stage in shown for row in stage if row[0] == "rules"]
    assert sorted(n for _, n, _ in rules) == list(range(count))
    assert {row[2] for stage in shown[1:] for row in stage if row[0] == "rules"} == {RULES}
    counted = dict(row[1:] for row in shown[-1] if row[0] == "counted")
    assert sum(counted.values()) == count


def expected(count: int) -> Counter[Any]:
    rows: Counter[Any] = Counter(("held", n) for n in range(count))
    size, slide = BLOCK + PAUSE, PAUSE // 2
    sums: dict[Any, int] = defaultdict(int)
    sliding, sessions = defaultdict(list), defaultdict(list)
    for n in range(count):
        time = time_of(n)
        sums[n % KEYS, time // size] += n
        for start in range(time // slide * slide, time - size, -slide):
            sliding[n % KEYS, start].append(n)
        sessions[n % KEYS, n // BLOCK].append(n)
    rows.update(("sum", key, total) for (key, _), total in sums.items())
    rows.update(("sliding", key, start, tuple(all_of)) for (key, start), all_of in sliding.items())
    rows.update(("sliced", key, start, tuple(all_of)) for (key, start), all_of in sliding.items())
    rows.update(("session", key, time_of(all_of[0]), tuple(all_of)) for (key, _), all_of in sessions.items())
    for key in range(KEYS):
        mine = range(key, count, KEYS)
        digits = tuple(sorted(Counter(n % 10 for n in mine).items()))
        rows["keyed", key, len(mine), tuple(mine), digits, sum(mine), max(mine)] = 1
    return rows


def _spin() -> None:
    while True:
        pass


def main(loops: int, seed: int) -> None:
    busy = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(os.cpu_count() or 1)]
    for process in busy:
        process.start()
    chance = random.Random(seed)
    count = 3_000
    done = 0
    while done < loops:
        stages = [(p, chance.choice(["hashmap", "rocksdb"])) for p in (1, 4, 2, 3)]
        with tempfile.TemporaryDirectory() as folder:
            shown = run_in_stages(stages, folder, count, rate=chance.choice([1_000, 2_000, 4_000]))
            if len(shown) < len(stages):
                continue
            check(shown, len(stages), count)
        done += 1
        print(f"\r{done} of {loops}", end="", flush=True)
    print(": nothing lost, nothing twice")
    for process in busy:
        process.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
