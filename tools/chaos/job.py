"""Files -> keyed state, windows and timers -> files, exactly once. Says "first" at its first record."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chaos.records import SOURCES, WINDOW_MILLIS, Record
from pyflinkpp.common import Configuration, Encoder, Types, WatermarkStrategy
from pyflinkpp.common.time import Time
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream import DataStream, KeyedProcessFunction, OutputTag, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.file_system import (
    BucketAssigner,
    FileSink,
    FileSource,
    RollingPolicy,
    StreamFormat,
)
from pyflinkpp.datastream.functions import MapFunction, ProcessWindowFunction
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.datastream.window import TumblingEventTimeWindows

TIMERS = OutputTag("timers", Types.STRING())


class Read(MapFunction):
    """Makes records of lines, at a pace that leaves time for kills."""

    def __init__(self, source: str, per_second: int) -> None:
        self.source = source
        self.pause = 50 / per_second
        self.read = 0

    def map(self, value: str) -> Record:
        self.read += 1
        if self.read % 50 == 0:
            time.sleep(self.pause)
        return Record(self.source, int(value))


class EventTime(TimestampAssigner):
    def extract_timestamp(self, value: Record, record_timestamp: int) -> int:
        return value.time


class Count(KeyedProcessFunction):
    """Numbers the records of a key; a timer at the end of each window that has one."""

    def open(self, runtime_context: Any) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))
        self.said = False

    def process_element(self, value: Record, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        if not self.said:
            self.said = True
            os.write(1, b"first\n")
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        end = value.time // WINDOW_MILLIS * WINDOW_MILLIS + WINDOW_MILLIS - 1
        ctx.timer_service().register_event_time_timer(end)
        yield f"{value.key},{value.source},{value.seq},{count}"

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Any]:
        yield TIMERS, f"{ctx.get_current_key()},{timestamp}"


class Summary(ProcessWindowFunction):
    def process(self, key: str, context: ProcessWindowFunction.Context, elements: Any) -> Iterator[str]:
        numbers = [element.seq for element in elements]
        yield f"{key},{context.window().start},{len(numbers)},{sum(numbers)}"


def write(stream: DataStream, folder: Path, policy: RollingPolicy) -> None:
    sink = (
        FileSink.for_row_format(str(folder), Encoder.simple_string_encoder())
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .with_rolling_policy(policy)
        .build()
    )
    stream.sink_to(sink)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--per-second", type=int, default=10_000, help="records of each source")
    parser.add_argument("options", nargs="*", help="KEY=VALUE")
    arguments = parser.parse_args()
    configuration = Configuration()
    for option in [
        f"execution.checkpointing.dir={arguments.folder / 'checkpoints'}",
        "execution.state-recovery.path=latest",
        *arguments.options,
    ]:
        configuration.set_string(*option.split("=", 1))
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    env.set_parallelism(2)
    streams = []
    for name in SOURCES:
        files = FileSource.for_record_stream_format(
            StreamFormat.text_line_format(), str(arguments.folder / "in" / name)
        ).build()
        lines = env.from_source(files, WatermarkStrategy.no_watermarks(), name).set_parallelism(1)
        records = lines.map(Read(name, arguments.per_second)).set_parallelism(1)
        times = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(EventTime())
        streams.append(records.assign_timestamps_and_watermarks(times).set_parallelism(1))
    keyed = streams[0].union(*streams[1:]).key_by(lambda record: record.key, Types.STRING())
    counted = keyed.process(Count(), Types.STRING())
    windows = keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(WINDOW_MILLIS)))
    out = arguments.folder / "out"
    write(counted, out / "records", RollingPolicy.default_rolling_policy(part_size=100_000))
    write(counted.get_side_output(TIMERS), out / "timers", RollingPolicy.default_rolling_policy())
    write(
        windows.process(Summary(), Types.STRING()),
        out / "windows",
        RollingPolicy.on_checkpoint_rolling_policy(),
    )
    env.execute("chaos")
    os.write(1, b"done\n")


if __name__ == "__main__":
    main()
