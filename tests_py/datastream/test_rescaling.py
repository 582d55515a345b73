"""Savepoints carry every kind of state to other parallelisms, and from one backend to the other."""

from __future__ import annotations

import pytest

from datastream.environments import environment
from datastream.rescaling import check, run_in_stages
from pyflinkpp.common import Types, WatermarkStrategy
from pyflinkpp.datastream import KeyedProcessFunction
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.testing import ManualClock

COUNT = 2_000


@pytest.mark.parametrize("parallelisms", [(1, 4, 2, 3), (4, 1, 3, 2)])
@pytest.mark.parametrize("backends", [("hashmap", "rocksdb"), ("rocksdb", "hashmap")])
def test_all_state_goes_where_its_keys_go(parallelisms, backends, tmp_path):
    stages = list(zip(parallelisms, backends * 2, strict=True))
    for rate in (4_000, 1_000, 250):
        shown = run_in_stages(stages, str(tmp_path), COUNT, rate)
        if len(shown) == len(stages):
            break
    check(shown, len(stages), COUNT)


def test_numbers_that_are_used_up_too_early_are_told_from_lost_ones(tmp_path):
    stages = [(parallelism, "hashmap") for parallelism in (1, 4, 2, 3)]
    shown = run_in_stages(stages, str(tmp_path), 40, rate=1e9)
    assert len(shown) < len(stages)
    with pytest.raises(AssertionError, match="used up too early"):
        check(shown, len(stages), 40)


class Rings(KeyedProcessFunction):
    """Sets an alarm for each record, and shows those that ring."""

    def process_element(self, value, ctx):
        timers = ctx.timer_service()
        timers.register_processing_time_timer(timers.current_processing_time() + 1_000 + value % 100)
        yield "set", value, 0

    def on_timer(self, timestamp, ctx):
        yield "rings", ctx.get_current_key(), timestamp


@pytest.mark.parametrize("parallelism", [1, 3])
@pytest.mark.parametrize("backends", [("hashmap", "rocksdb"), ("rocksdb", "hashmap")])
def test_alarms_of_processing_time_that_are_overdue_ring_once(parallelism, backends, tmp_path):
    def alarms(savepoint, parallelism, backend, clock):
        env = environment(parallelism, savepoint=savepoint, backend=backend, batch_size=1)
        clock.drive(env)
        numbers = env.from_source(
            NumberSequenceSource(0, 10**12), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
        )
        rings = numbers.uid("numbers").key_by(lambda n: n, Types.LONG()).process(Rings()).uid("rings")
        return rings.execute_and_collect()

    with alarms(None, 2, backends[0], ManualClock(0)) as results:
        rows = [next(results) for _ in range(200)]
        stopping = results.get_job_client().stop_with_savepoint(False, str(tmp_path))
        rows += results
        savepoint = stopping.result(60)
    assert {kind for kind, _, _ in rows} == {"set"}
    alarm_times = sorted((value, 1_000 + value % 100) for _, value, _ in rows)
    with alarms(savepoint, parallelism, backends[1], ManualClock(10**9)) as results:
        rang = []
        while len(rang) < len(alarm_times):
            kind, value, time = next(results)
            if kind == "rings":
                rang.append((value, time))
    assert sorted(rang) == alarm_times
