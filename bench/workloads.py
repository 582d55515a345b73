"""The engine's side of the peers' workloads: `workloads.py NAME --data FOLDER`, one JSON line out.

w1: word count (split, pair, key_by, reduce). w2: parse, filter, format bids. w3: count and maximum of bids
for each auction in windows of 10 s. All with called functions. w1_native: split and count without Python.
first: time to the first result.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterable

START = time.perf_counter()

from pyflinkpp import native  # noqa: E402
from pyflinkpp.common import Duration, Time, Types, WatermarkStrategy  # noqa: E402
from pyflinkpp.common.watermark_strategy import TimestampAssigner  # noqa: E402
from pyflinkpp.datastream import DataStream, StreamExecutionEnvironment  # noqa: E402
from pyflinkpp.datastream.connectors.discard import DiscardingSink  # noqa: E402
from pyflinkpp.datastream.functions import AggregateFunction, ProcessWindowFunction  # noqa: E402
from pyflinkpp.datastream.window import TumblingEventTimeWindows  # noqa: E402

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
    def extract_timestamp(self, value: tuple[int, int, int, int], record_timestamp: int) -> int:
        return value[3]


class CountAndMaximum(AggregateFunction):
    def create_accumulator(self) -> tuple[int, int]:
        return 0, 0

    def add(self, value: tuple[int, int, int, int], accumulator: tuple[int, int]) -> tuple[int, int]:
        return accumulator[0] + 1, accumulator[1] if accumulator[1] > value[2] else value[2]

    def get_result(self, accumulator: tuple[int, int]) -> tuple[int, int]:
        return accumulator

    def merge(self, acc_a: tuple[int, int], acc_b: tuple[int, int]) -> tuple[int, int]:
        return acc_a[0] + acc_b[0], max(acc_a[1], acc_b[1])


class WithEnd(ProcessWindowFunction):
    def process(
        self, key: int, context: ProcessWindowFunction.Context, elements: Iterable[tuple[int, int]]
    ) -> Iterable[str]:
        for count, maximum in elements:
            yield f"{key},{context.window().end},{count},{maximum}"


def w3(env: StreamExecutionEnvironment, data: str) -> DataStream:
    watermarks = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(1))
    return (
        env.read_text_file(f"{data}/bid.csv")
        .map(parse, BID)
        .assign_timestamps_and_watermarks(watermarks.with_timestamp_assigner(BidTime()))
        .key_by(lambda bid: bid[0], Types.LONG())
        .window(TumblingEventTimeWindows.of(Time.seconds(10)))
        .aggregate(
            CountAndMaximum(),
            window_function=WithEnd(),
            accumulator_type=Types.TUPLE([Types.LONG(), Types.LONG()]),
            output_type=Types.STRING(),
        )
    )


def w1_native(env: StreamExecutionEnvironment, data: str) -> DataStream:
    words = env.read_text_file(f"{data}/words.txt").transform("Split", Types.STRING(), native.split(" "))
    return words.key_by(native.value(Types.STRING())).transform("Count", native.COUNTED, native.count())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["w1", "w2", "w3", "w1_native", "first"])
    parser.add_argument("--data", default="data/1m")
    parser.add_argument("--p", type=int, default=1)
    options = parser.parse_args()
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(options.p)
    if options.name == "first":
        env.from_collection([1]).map(lambda x: x).execute_and_collect(limit=1)
        print(json.dumps({"seconds": time.perf_counter() - START}))
        return
    globals()[options.name](env, options.data).sink_to(DiscardingSink())
    began = time.perf_counter()
    env.execute()
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
