"""What starts over after a failure: whatever is connected with it, or all."""

from __future__ import annotations

from pathlib import Path

import pytest

from datastream import environments
from pyflinkpp.common import Types, WatermarkStrategy
from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream import MapFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource


class Noting(MapFunction):
    """Notes when it is opened and closed, and fails once at a number, in its first attempt."""

    def __init__(self, notes: Path, fail_at: int | None = None):
        self.notes = notes
        self.fail_at = fail_at

    def open(self, runtime_context):
        self.attempt = runtime_context.get_attempt_number()
        self.note(f"open {self.attempt}")

    def close(self):
        self.note("close")

    def note(self, what):
        with self.notes.open("a") as notes:
            notes.write(what + "\n")

    def map(self, value):
        if value == self.fail_at and self.attempt == 0:
            raise ValueError("planned")
        return value


def environment(**options: str) -> StreamExecutionEnvironment:
    restarts = {
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "1",
        "restart-strategy.fixed-delay.delay": "1 ms",
    }
    return environments.environment(2, batch_size=16, options=restarts | options)


def numbers(env, name, last=10_000):
    source = NumberSequenceSource(1, last)
    return env.from_source(source, WatermarkStrategy.no_watermarks(), name, Types.LONG()).rebalance()


def declare(env, tmp_path):
    """Two pipelines, of which the second fails."""
    numbers(env, "steady").map(Noting(tmp_path / "steady")).set_parallelism(1)
    return numbers(env, "failing").map(Noting(tmp_path / "failing", fail_at=7_000)).set_parallelism(1)


def notes(tmp_path):
    return [(tmp_path / name).read_text().split("\n")[:-1] for name in ("steady", "failing")]


def test_a_pipeline_that_nothing_connects_with_the_failure_goes_on(tmp_path):
    env = environment()
    declare(env, tmp_path)
    env.execute()
    assert notes(tmp_path) == [["open 0", "close"], ["open 0", "close", "open 1", "close"]]


def test_with_checkpoints_no_result_of_the_failed_pipeline_comes_twice(tmp_path):
    failing = declare(environment(**{"execution.checkpointing.interval": "10 ms"}), tmp_path)
    with failing.execute_and_collect() as results:
        assert sorted(results) == list(range(1, 10_001))
    assert notes(tmp_path) == [["open 0", "close"], ["open 0", "close", "open 1", "close"]]


def test_all_starts_over_where_that_is_wanted(tmp_path):
    options = {
        "jobmanager.execution.failover-strategy": "full",
        "execution.checkpointing.interval": "10 ms",
    }
    with declare(environment(**options), tmp_path).execute_and_collect() as results:
        assert sorted(results) == list(range(1, 10_001))
    assert notes(tmp_path) == [["open 0", "close", "open 1", "close"]] * 2


def test_an_unknown_strategy_is_refused():
    with pytest.raises(ConfigurationError, match=r"region.*full"):
        environment(**{"jobmanager.execution.failover-strategy": "regional"}).from_collection([1]).print()
