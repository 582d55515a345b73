"""Records in flight through an asynchronous function survive a restore."""

from __future__ import annotations

import asyncio

import pytest

from pyflinkpp.common import Types
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream import AsyncDataStream, AsyncFunction, DataStream, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import CheckpointedFunction, CheckpointListener
from pyflinkpp.datastream.state import ListStateDescriptor
from pyflinkpp.testing import OperatorHarness

FOREVER = 3600
LONG = Types.LONG()


class Hangs(AsyncFunction):
    """Answers to what is named, and never to anything else."""

    def __init__(self, *answered: int) -> None:
        self.answered = answered

    async def async_invoke(self, value):
        if value not in self.answered:
            await asyncio.sleep(FOREVER)
        return [value]


class Doubles(AsyncFunction):
    async def async_invoke(self, value):
        await asyncio.sleep(0)
        return [value, value]


def waits(
    function: AsyncFunction, mode: str, capacity: int = 100, output: TypeInformation = LONG
) -> DataStream:
    stream = StreamExecutionEnvironment.get_execution_environment().from_collection([0], LONG)
    return getattr(AsyncDataStream, f"{mode}_wait")(stream, function, 0, capacity, output)


@pytest.mark.parametrize("capacity", [1, 2, 100])
@pytest.mark.parametrize("mode", ["ordered", "unordered"])
def test_what_has_not_left_is_called_anew_first(mode, capacity):
    with OperatorHarness(waits(Hangs(), mode)) as harness:
        for value in range(5):
            harness.process_element(value, 10 * value)
        snapshot = harness.snapshot()
    with OperatorHarness(waits(Hangs(), mode, capacity), restored=snapshot) as harness:
        snapshot = harness.snapshot()  # some are called anew, some wait for room
    with OperatorHarness(waits(Doubles(), mode, capacity), restored=snapshot) as harness:
        harness.process_element(5, 50)
        harness.process_watermark(50)
        harness.end_input()
        records = harness.take_records()
        assert harness.take_watermarks() == [50]
    expected = [(value, 10 * value) for value in range(6) for _ in range(2)]
    assert records == expected if mode == "ordered" else sorted(records) == expected


def test_a_result_that_waits_for_its_turn_is_not_kept_but_asked_for_again():
    with OperatorHarness(waits(Hangs(2), "ordered")) as harness:
        harness.process_element(1)
        harness.process_element(2)
        snapshot = harness.snapshot()
        assert harness.take_values() == []
    with OperatorHarness(waits(Doubles(), "ordered"), restored=snapshot) as harness:
        harness.end_input()
        assert harness.take_values() == [1, 1, 2, 2]


def test_records_in_flight_are_dealt_out_at_another_parallelism():
    with OperatorHarness(waits(Hangs(), "ordered")) as harness:
        for value in range(5):
            harness.process_element(value)
        snapshot = harness.snapshot()
    values = []
    for subtask in range(2):
        stream = waits(Doubles(), "ordered")
        with OperatorHarness(stream, restored=snapshot, subtask=subtask, parallelism=2) as harness:
            harness.end_input()
            values.append(harness.take_values())
    assert values == [[0, 0, 1, 1, 2, 2], [3, 3, 4, 4]]


def test_what_has_left_is_not_kept():
    with OperatorHarness(waits(Doubles(), "ordered")) as harness:
        harness.process_element(1)
        harness.end_input()
        snapshot = harness.snapshot()
    with OperatorHarness(waits(Doubles(), "ordered"), restored=snapshot) as harness:
        harness.end_input()
        assert harness.take_values() == []


class Numbers(AsyncFunction, CheckpointedFunction, CheckpointListener):
    """How many calls there have been, in operator state, and which checkpoint was complete last."""

    def initialize_state(self, context):
        self.state = context.get_operator_state_store().get_list_state(ListStateDescriptor("n", Types.LONG()))
        self.count = sum(self.state.get())
        self.complete = None

    def snapshot_state(self, context):
        asyncio.get_running_loop()  # calls and snapshots come from one thread
        self.state.update([self.count])

    def notify_checkpoint_complete(self, checkpoint_id):
        asyncio.get_running_loop()
        self.complete = checkpoint_id

    async def async_invoke(self, value):
        self.count += 1
        return [(value, self.count, self.complete)]


def test_a_checkpointed_function_keeps_its_state():
    stream = waits(Numbers(), "ordered", output=Types.PICKLED_BYTE_ARRAY())
    snapshot = None
    for value in (1, 2):
        with OperatorHarness(stream, restored=snapshot) as harness:
            harness.notify_checkpoint_complete(7)
            harness.process_element(value)
            harness.end_input()
            assert harness.take_values() == [(value, value, 7)]
            snapshot = harness.snapshot(8)


def test_results_are_detached_from_what_their_maker_keeps():
    class Keeps(AsyncFunction):
        def __init__(self):
            self.kept = []

        async def async_invoke(self, value):
            self.kept.append(value)
            return [self.kept]

    stream = StreamExecutionEnvironment.get_execution_environment().from_collection([0])
    with OperatorHarness(AsyncDataStream.ordered_wait(stream, Keeps(), 0, 1)) as harness:
        for value in range(3):
            harness.process_element(value)
        harness.end_input()
        assert harness.take_values() == [[0], [0, 1], [0, 1, 2]]
