"""The source of generated records."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pyflinkpp.common import Types, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import MapFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.datagen import DataGeneratorSource
from pyflinkpp.datastream.functions import RuntimeContext


def collect(source: DataGeneratorSource, parallelism: int = 1) -> list[Any]:
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "generator")
    with stream.execute_and_collect() as records:
        return list(records)


@pytest.mark.parametrize(("count", "parallelism"), [(0, 1), (1, 2), (10_000, 1), (10_001, 3)])
def test_every_index_is_generated_once(count: int, parallelism: int) -> None:
    found = collect(DataGeneratorSource(lambda i: i * i, count), parallelism)
    assert sorted(found) == [i * i for i in range(count)]


def test_records_have_the_declared_type() -> None:
    with pytest.raises(JobExecutionError):
        collect(DataGeneratorSource(lambda i: i, 1, type_info=Types.STRING()))


def test_a_map_function_is_opened() -> None:
    class Add(MapFunction[int, int]):
        def open(self, runtime_context: RuntimeContext) -> None:
            self.addend = 5

        def map(self, value: int) -> int:
            return value + self.addend

    assert collect(DataGeneratorSource(Add(), 3)) == [5, 6, 7]


@pytest.mark.parametrize("parallelism", [1, 2])
def test_the_rate_holds_for_all_subtasks_together(parallelism: int) -> None:
    started = time.monotonic()
    found = collect(DataGeneratorSource(lambda i: i, 100, rate_per_second=200), parallelism)
    seconds = time.monotonic() - started
    assert sorted(found) == list(range(100))
    assert 0.45 < seconds < 5


def test_a_slow_rate_does_not_hold_up_cancellation() -> None:
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    source = DataGeneratorSource(lambda i: i, 100, rate_per_second=0.01)
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "generator")
    records = stream.execute_and_collect()
    assert next(records) == 0
    started = time.monotonic()
    records.close()
    assert time.monotonic() - started < 5
