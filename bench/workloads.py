"""The engine's side of the peers' workloads: `workloads.py NAME --data FOLDER`, one JSON line out.

w1: word count (split, pair, key_by, reduce). w2: parse, filter, format bids. w3: count and maximum of each
auction's bids in windows of 10 s. w4: sessions of bidders by state and timer. All with called functions.
w1_native: split and count without Python. rolling: sums on columns; rolling_called: the same through Python.
w3_native: w3 by aggregates on columns, the file taken apart by pyarrow; w3_memory: from columns in memory.
w6: a count and a sum for each of a million keys; w6_native: the same on columns, from memory, several times
over. Both with `--backend` and `--checkpoints`, and with what those cost in the JSON line.
sliding_short, sliding_long: windows of 2 s and of 60 s that begin every second, over 128 keys, from memory.
sliding_called_short, sliding_called_long: the same with a called aggregate in slices; sliding_whole_short,
sliding_whole_long: with the same aggregate, added to each window.
first: time to the first result.
"""

from __future__ import annotations

import argparse
import json
import time

#: Before the imports below, which are part of what a program takes to start.
START = time.perf_counter()

from pyflinkpp import native
from pyflinkpp.aggregates import (
    Aggregates,
    Count,
    KeyAndWindow,
    Max,
    SlicedAggregateFunction,
)
from pyflinkpp.common import Configuration, Duration, Types, WatermarkStrategy
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream import (
    AggregateFunction,
    DataStream,
    KeyedProcessFunction,
    ProcessWindowFunction,
    StreamExecutionEnvironment,
)
from pyflinkpp.datastream.connectors.discard import DiscardingSink
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.datastream.window import SlidingEventTimeWindows, TumblingEventTimeWindows

PAIR = Types.TUPLE([Types.STRING(), Types.LONG()])
BID = Types.TUPLE([Types.LONG()] * 4)


def w1(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return (
        env.read_text_file(f"{data}/words.txt")
        .flat_map(lambda line: line.split(" "), Types.STRING())
        .map(lambda word: (word, 1), PAIR)
        .key_by(lambda pair: pair[0], Types.STRING())
        .reduce(lambda x, y: (x[0], x[1] + y[1]))
    )


def parse(line: str) -> tuple[int, int, int, int]:
    x = line.split(",", 6)
    return int(x[0]), int(x[1]), int(x[2]), int(x[5])


def w2(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return (
        env.read_text_file(f"{data}/bid.csv")
        .map(parse, BID)
        .filter(lambda bid: bid[2] & 1 == 0)
        .map(lambda bid: f"{bid[0]},{bid[2] * 908 // 1000}", Types.STRING())
    )


class BidTime(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[3]


def bids_by_time(env: StreamExecutionEnvironment, path: str) -> DataStream:
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_millis(1000))
    bids = env.read_text_file(path).map(parse, BID)
    return bids.assign_timestamps_and_watermarks(strategy.with_timestamp_assigner(BidTime()))


class CountAndMost(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        count, most = accumulator
        return count + 1, most if most > value[2] else value[2]

    def get_result(self, accumulator):
        return accumulator

    def merge(self, a, b):
        return a[0] + b[0], max(a[1], b[1])


class WithEnd(ProcessWindowFunction):
    def process(self, key, context, elements):
        for count, most in elements:
            yield f"{key},{context.window().end},{count},{most}"


def w3(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return (
        bids_by_time(env, f"{data}/bid.csv")
        .key_by(lambda bid: bid[0], Types.LONG())
        .window(TumblingEventTimeWindows.of(Duration.of_seconds(10)))
        .aggregate(
            CountAndMost(),
            window_function=WithEnd(),
            accumulator_type=Types.TUPLE([Types.LONG(), Types.LONG()]),
            output_type=Types.STRING(),
        )
    )


class Sessions(KeyedProcessFunction):
    GAP = 1000

    def open(self, runtime_context):
        self.session = runtime_context.get_state(
            ValueStateDescriptor("session", Types.TUPLE([Types.LONG()] * 3))
        )

    def process_element(self, value, ctx):
        at = value[3]
        session = self.session.value()
        if session is not None and at - session[1] > self.GAP:
            yield f"{ctx.get_current_key()},{session[0]},{session[1]},{session[2]}"
            session = None
        self.session.update((at, at, 1) if session is None else (session[0], at, session[2] + 1))
        ctx.timer_service().register_event_time_timer(at + self.GAP)

    def on_timer(self, timestamp, ctx):
        session = self.session.value()
        if session is not None and timestamp == session[1] + self.GAP:
            yield f"{ctx.get_current_key()},{session[0]},{session[1]},{session[2]}"
            self.session.clear()


def w4(env: StreamExecutionEnvironment, data: str) -> DataStream:
    bids = bids_by_time(env, f"{data}/bid_ord.csv")
    return bids.key_by(lambda bid: bid[1], Types.LONG()).process(Sessions(), Types.STRING())


def pairs(env: StreamExecutionEnvironment, data: str) -> DataStream:
    words = env.read_text_file(f"{data}/words.txt").flat_map(lambda line: line.split(" "), Types.STRING())
    return words.map(lambda word: (word, 1), PAIR)


def rolling(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return pairs(env, data).key_by(lambda pair: pair[0]).sum(1)


def rolling_called(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return pairs(env, data).key_by(lambda pair: str(pair[0])).sum(1)


class KeyCount(KeyedProcessFunction):
    def open(self, runtime_context):
        self.so_far = runtime_context.get_state(
            ValueStateDescriptor("so_far", Types.TUPLE([Types.LONG(), Types.LONG()]))
        )

    def process_element(self, value, ctx):
        so_far = self.so_far.value()
        so_far = (1, value[1]) if so_far is None else (so_far[0] + 1, so_far[1] + value[1])
        self.so_far.update(so_far)
        yield f"{value[0]},{so_far[0]},{so_far[1]}"


def key_and_value(line: str) -> tuple[int, int]:
    x = line.split(",")
    return int(x[0]), int(x[1])


def w6(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return (
        env.read_text_file(f"{data}/keys.csv")
        .map(key_and_value, Types.TUPLE([Types.LONG(), Types.LONG()]))
        .key_by(lambda pair: pair[0], Types.LONG())
        .process(KeyCount(), Types.STRING())
    )


def w6_native(env: StreamExecutionEnvironment, data: str) -> DataStream:
    import pyarrow
    from inputs import NATIVE_TIMES
    from pyarrow import csv, int64

    table = csv.read_csv(
        f"{data}/keys.csv",
        read_options=csv.ReadOptions(column_names=["key", "value", "time"]),
        convert_options=csv.ConvertOptions(
            include_columns=["key", "value"], column_types={name: int64() for name in ("key", "value")}
        ),
    )
    return (
        env.from_arrow(pyarrow.concat_tables([table] * NATIVE_TIMES)).key_by(lambda row: row.key).sum("value")
    )


BID_COLUMNS = ["auction", "bidder", "price", "channel", "url", "time", "extra"]


def bid_columns(data: str):
    """A stream of record batches: the numbers of bid.csv."""
    from pyarrow import csv, int64

    numbers = ["auction", "bidder", "price", "time"]
    return csv.open_csv(
        f"{data}/bid.csv",
        read_options=csv.ReadOptions(column_names=BID_COLUMNS),
        convert_options=csv.ConvertOptions(
            include_columns=numbers, column_types={name: int64() for name in numbers}
        ),
    )


def aggregated(env: StreamExecutionEnvironment, bids, assigner, key: str = "auction") -> DataStream:
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_millis(1000))
    timed = env.from_arrow(bids).assign_timestamps_and_watermarks(
        strategy.with_timestamp_assigner(lambda bid, _: bid.time)
    )
    windows = timed.key_by(KEYS[key]).window(assigner)
    return windows.aggregate(Aggregates(Count(), Max("price")), KeyAndWindow())


KEYS = {"auction": lambda bid: bid.auction, "group": lambda bid: bid.group}


def w3_native(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return aggregated(env, bid_columns(data), TumblingEventTimeWindows.of(Duration.of_seconds(10)))


def w3_memory(env: StreamExecutionEnvironment, data: str) -> DataStream:
    table = bid_columns(data).read_all()
    return aggregated(env, table, TumblingEventTimeWindows.of(Duration.of_seconds(10)))


def sliding(env: StreamExecutionEnvironment, data: str, seconds: int) -> DataStream:
    import pyarrow.compute as pc

    table = bid_columns(data).read_all()
    group = pc.bit_wise_and(table["auction"], 127)
    table = table.append_column("group", group)
    size, slide = Duration.of_seconds(seconds), Duration.of_seconds(1)
    return aggregated(env, table, SlidingEventTimeWindows.of(size, slide), "group")


def sliding_short(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return sliding(env, data, 2)


def sliding_long(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return sliding(env, data, 60)


class SlicedCountAndMost(CountAndMost, SlicedAggregateFunction):
    pass


def sliding_called(env: StreamExecutionEnvironment, data: str, seconds: int, function) -> DataStream:
    bids = bids_by_time(env, f"{data}/bid.csv").key_by(lambda bid: bid[0] & 127, Types.LONG())
    return bids.window(
        SlidingEventTimeWindows.of(Duration.of_seconds(seconds), Duration.of_seconds(1))
    ).aggregate(
        function,
        window_function=WithEnd(),
        accumulator_type=Types.TUPLE([Types.LONG(), Types.LONG()]),
        output_type=Types.STRING(),
    )


def sliding_called_short(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return sliding_called(env, data, 2, SlicedCountAndMost())


def sliding_called_long(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return sliding_called(env, data, 60, SlicedCountAndMost())


def sliding_whole_short(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return sliding_called(env, data, 2, CountAndMost())


def sliding_whole_long(env: StreamExecutionEnvironment, data: str) -> DataStream:
    return sliding_called(env, data, 60, CountAndMost())


def w1_native(env: StreamExecutionEnvironment, data: str) -> DataStream:
    words = env.read_text_file(f"{data}/words.txt").transform("Split", Types.STRING(), native.split(" "))
    return words.key_by(native.value(Types.STRING())).transform("Count", native.COUNTED, native.count())


def peak_mb() -> float:
    """Of this program alone: `ru_maxrss` starts with what the starting process had."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    called = ["w1", "w2", "w3", "w4", "w6", "rolling_called"]
    called += [f"sliding_{kind}_{size}" for kind in ("called", "whole") for size in ("short", "long")]
    without_python = [
        "w1_native",
        "rolling",
        "w3_native",
        "w3_memory",
        "sliding_short",
        "sliding_long",
        "w6_native",
    ]
    parser.add_argument("name", choices=[*called, *without_python, "first"])
    parser.add_argument("--data", default="data/1m")
    parser.add_argument("--p", type=int, default=1)
    parser.add_argument("--batch-size", type=int, help="records; the engine's default without it")
    parser.add_argument("--backend", choices=["hashmap", "rocksdb", "incremental"], default="hashmap")
    parser.add_argument("--checkpoints", metavar="FOLDER", help="one a second, in this folder")
    options = parser.parse_args()
    settings = Configuration()
    settings.set_string("state.backend.type", "hashmap" if options.backend == "hashmap" else "rocksdb")
    if options.checkpoints:
        settings.set_string("execution.checkpointing.interval", "1 s")
        settings.set_string("execution.checkpointing.dir", options.checkpoints)
        settings.set_string("execution.checkpointing.incremental", str(options.backend == "incremental"))
    if options.batch_size:
        settings.set_integer("execution.batch-size", options.batch_size)
    env = StreamExecutionEnvironment.get_execution_environment(settings).set_parallelism(options.p)
    if options.name == "first":
        env.from_collection([1]).map(lambda x: x).execute_and_collect(limit=1)
        print(json.dumps({"seconds": time.perf_counter() - START}))
        return
    globals()[options.name](env, options.data).sink_to(DiscardingSink())
    began = time.perf_counter()
    job = env.execute_async()
    job.get_job_execution_result().result()
    figures = {"seconds": time.perf_counter() - began, "peak_mb": peak_mb()}
    print(json.dumps(figures | checkpoint_costs(job)))


def checkpoint_costs(job) -> dict[str, float]:
    """Of all that were taken: how many, how long tasks stood still for them, and the largest part stored."""
    costs = job._backend.checkpoint_statistics()
    if not costs:
        return {}
    still = sorted(cost["sync_duration"] for cost in costs)
    return {
        "checkpoints": len(costs),
        "sync_p99_ms": still[min(len(still) - 1, len(still) * 99 // 100)],
        "async_ms": max(cost["async_duration"] for cost in costs),
        "duration_ms": max(cost["end_to_end_duration"] for cost in costs),
        "stored_mb": max(cost["checkpointed_size"] for cost in costs) / 2**20,
        "state_mb": max(cost["state_size"] for cost in costs) / 2**20,
    }


if __name__ == "__main__":
    main()
