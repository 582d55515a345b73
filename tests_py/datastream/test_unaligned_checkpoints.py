"""Unaligned checkpoints: barriers that overtake what is on its way, which goes on after a failure."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

import pytest

from datastream import environments
from pyflinkpp.common import RestartStrategies, Types, WatermarkStrategy
from pyflinkpp.common.errors import PyFlinkppError
from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import CheckpointListener, ProcessFunction
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.testing import simulate

BATCH = 64
#: Rows of full batches that a channel takes.
IN_A_CHANNEL = 8 * BATCH
ROWS = 20_000
CHECKPOINTS = 4


def environment(**options: str) -> StreamExecutionEnvironment:
    checkpointing = {"interval": "10 ms", "unaligned.enabled": "true", **options}
    named = {f"execution.checkpointing.{k.replace('_', '-')}": v for k, v in checkpointing.items()}
    buffers = {"execution.buffer-timeout.interval": "10 ms"}
    return environments.environment(1, batch_size=BATCH, options=buffers | named)


def numbers(env: StreamExecutionEnvironment, rows: int):
    source = NumberSequenceSource(1, rows)
    return env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())


class SlowAtFirst(ProcessFunction, CheckpointListener):
    """Slow until some checkpoints are complete; then, in the first attempt, fails."""

    #: Rows that had been processed when each checkpoint was complete, in the first attempt.
    seen: list[int] = []

    def open(self, runtime_context):
        self.attempt = runtime_context.get_attempt_number()
        self.rows = 0

    def process_element(self, value, ctx):
        if self.attempt == 0:
            if len(self.seen) >= CHECKPOINTS:
                raise ValueError("planned")
            time.sleep(0.002)
        self.rows += 1
        yield value

    def notify_checkpoint_complete(self, checkpoint_id):
        # By then the channel is full.
        if self.attempt == 0 and self.rows >= BATCH:
            self.seen.append(self.rows)


@pytest.mark.parametrize("timeout", ["0 ms", "20 ms"])
def test_a_checkpoint_does_not_wait_for_what_is_on_its_way(timeout):
    SlowAtFirst.seen.clear()
    env = environment(aligned_checkpoint_timeout=timeout)
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(1, 0))
    slow = numbers(env, ROWS).rebalance().process(SlowAtFirst(), Types.LONG())
    results = list(slow.execute_and_collect())
    between = [after - before for before, after in zip(SlowAtFirst.seen, SlowAtFirst.seen[1:], strict=False)]
    assert len(between) >= CHECKPOINTS - 1
    # In line, a barrier comes behind all that a full channel has.
    assert min(between) < IN_A_CHANNEL / 2
    assert Counter(results) == Counter(range(1, ROWS + 1))


@dataclass
class Reading:
    place: str
    values: list[float]


class Read(KeyedProcessFunction):
    """Says of each place how many readings came, and what each was."""

    def open(self, runtime_context):
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value, ctx):
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield f"{ctx.get_current_key()} has {count}"
        yield f"{ctx.get_current_key()} was {value.values}"
        value.values.clear()  # it is this function's own


def test_objects_on_their_way_come_back():
    def job():
        env = environment().set_parallelism(2)
        readings = [Reading("abc"[i % 3], [i, 0.5]) for i in range(60)]
        keyed = env.from_collection(readings).rebalance().map(lambda r: r).key_by(lambda r: r.place)
        return list(keyed.process(Read()).execute_and_collect())

    assert simulate(job, seeds=range(60), parallelism=(2, 3, 1)).restores > 20


def test_at_least_once_nothing_is_overtaken():
    env = environment(mode="AT_LEAST_ONCE")
    with pytest.warns(UserWarning, match="unaligned.enabled does nothing with .*mode=AT_LEAST_ONCE"):
        assert sorted(numbers(env, 10).execute_and_collect()) == list(range(1, 11))


def test_only_one_at_a_time():
    env = environment(max_concurrent_checkpoints="2")
    with pytest.raises(PyFlinkppError, match=r"max-concurrent-checkpoints to 1"):
        list(numbers(env, 10).execute_and_collect())


def test_a_partitioner_of_ones_own_is_refused_unless_forced():
    def partitioned(env):
        return numbers(env, 10).partition_custom(lambda key, n: key % n, lambda value: value).map(str)

    with pytest.raises(PyFlinkppError, match=r"partitioner of its own, as before 'Map'.*unaligned.forced"):
        list(partitioned(environment()).execute_and_collect())
    assert len(list(partitioned(environment(**{"unaligned.forced": "true"})).execute_and_collect())) == 10
