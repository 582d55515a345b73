"""Snapshots that harnesses take, and what goes on from them."""

from __future__ import annotations

import threading

import pytest

from pyflinkpp.common import Time, Types
from pyflinkpp.common.errors import StateError
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import (
    CheckpointedFunction,
    CheckpointListener,
    FlatMapFunction,
    FunctionInitializationContext,
    FunctionSnapshotContext,
    KeyedProcessFunction,
    MapFunction,
    ReduceFunction,
    SinkFunction,
)
from pyflinkpp.datastream.state import (
    ListStateDescriptor,
    MapStateDescriptor,
    StateTtlConfig,
    ValueStateDescriptor,
)
from pyflinkpp.testing import OperatorHarness, OperatorSnapshot

ENV = StreamExecutionEnvironment.get_execution_environment()


def numbers():
    return ENV.from_collection([0], Types.LONG())


class Buffered(FlatMapFunction, CheckpointedFunction):
    """Holds values back until there are three, and tells what it was given."""

    union = False

    def initialize_state(self, context: FunctionInitializationContext) -> None:
        store = context.get_operator_state_store()
        descriptor = ListStateDescriptor("buffered", Types.LONG())
        self.state = (
            store.get_union_list_state(descriptor) if self.union else store.get_list_state(descriptor)
        )
        self.buffered = list(self.state)
        self.restored = context.is_restored(), context.get_restored_checkpoint_id()

    def snapshot_state(self, context: FunctionSnapshotContext) -> None:
        self.snapshot = context.get_checkpoint_id(), context.get_checkpoint_timestamp()
        self.state.update(self.buffered)

    def flat_map(self, value):
        if value is None:
            yield from (self.restored, tuple(self.buffered))
            return
        self.buffered.append(value)
        if len(self.buffered) == 3:
            yield tuple(self.buffered)
            self.buffered = []


class Unified(Buffered):
    union = True


def told(harness: OperatorHarness) -> list:
    harness.process_element(None)
    return harness.take_values()


def snapshots_of(stream, shares: list[list[int]]) -> list[OperatorSnapshot]:
    """Of as many subtasks as there are shares, which they have been given."""
    snapshots = []
    for subtask, share in enumerate(shares):
        with OperatorHarness(stream, subtask=subtask, parallelism=len(shares)) as harness:
            for value in share:
                harness.process_element(value)
            snapshots.append(harness.snapshot(7, timestamp=50))
    return snapshots


def test_a_function_goes_on_where_it_was_between_any_two_elements():
    stream = numbers().flat_map(Buffered())
    snapshot, values = None, []
    for value in range(7):
        with OperatorHarness(stream, restored=snapshot) as harness:
            harness.process_element(value)
            values += harness.take_values()
            snapshot = harness.snapshot()
    assert values == [(0, 1, 2), (3, 4, 5)]


def test_it_is_told_what_it_was_restored_from():
    stream = numbers().flat_map(Buffered())
    with OperatorHarness(stream) as harness:
        assert told(harness) == [(False, None), ()]
        snapshot = harness.snapshot(41, timestamp=1000)
    assert (snapshot.checkpoint_id, snapshot.timestamp) == (41, 1000)
    with OperatorHarness(stream, restored=snapshot) as harness:
        assert told(harness)[0] == (True, 41)


@pytest.mark.parametrize(
    ("parallelism", "dealt_out"), [(2, [(1, 2), (3,)]), (1, [(1, 2, 3)]), (3, [(1,), (2,), (3,)])]
)
def test_lists_are_split_when_the_parallelism_changes(parallelism, dealt_out):
    stream = numbers().flat_map(Buffered())
    before = snapshots_of(stream, [[1, 2], [3]])
    after = []
    for subtask in range(parallelism):
        with OperatorHarness(stream, restored=before, subtask=subtask, parallelism=parallelism) as harness:
            after.append(told(harness)[1])
    assert after == dealt_out


def test_every_subtask_gets_all_of_a_union():
    stream = numbers().flat_map(Unified())
    before = snapshots_of(stream, [[1, 2], [3]])
    for subtask in range(3):
        with OperatorHarness(stream, restored=before, subtask=subtask, parallelism=3) as harness:
            assert told(harness)[1] == (1, 2, 3)


class Everything(KeyedProcessFunction, CheckpointedFunction, CheckpointListener):
    """Uses all kinds of state."""

    def initialize_state(self, context):
        store = context.get_operator_state_store()
        self.seen = store.get_list_state(ListStateDescriptor("seen", Types.STRING()))
        self.rules = store.get_broadcast_state(MapStateDescriptor("rules", Types.STRING(), Types.LONG()))
        keyed = context.get_keyed_state_store()
        self.count = keyed.get_state(ValueStateDescriptor("count", Types.LONG()))
        self.heard = []

    def snapshot_state(self, context):
        self.heard.append(("snapshot", context.get_checkpoint_id()))

    def notify_checkpoint_complete(self, checkpoint_id):
        self.heard.append(("complete", checkpoint_id))

    def notify_checkpoint_aborted(self, checkpoint_id):
        self.heard.append(("aborted", checkpoint_id))

    def process_element(self, value, ctx):
        if value == "?":
            yield sorted(self.seen), self.rules.items(), self.heard
            return
        self.count.update((self.count.value() or 0) + 1)
        self.seen.add(value)
        self.rules[value] = self.count.value()
        yield value, self.count.value()


def test_keyed_list_and_broadcast_state_come_back_together():
    stream = numbers().key_by(lambda value: value).process(Everything())
    with OperatorHarness(stream) as harness:
        for value in ("a", "b", "a"):
            harness.process_element(value)
        harness.take_values()
        snapshot = harness.snapshot()
        harness.notify_checkpoint_complete(1)
        harness.notify_checkpoint_aborted(2)
        harness.process_element("?")
        assert harness.take_values()[0][2] == [("snapshot", 1), ("complete", 1), ("aborted", 2)]
    with OperatorHarness(stream, restored=snapshot) as harness:
        harness.process_element("a")
        harness.process_element("?")
        assert harness.take_values() == [("a", 3), (["a", "a", "a", "b"], [("a", 3), ("b", 1)], [])]


class Sum(ReduceFunction, CheckpointedFunction):
    def initialize_state(self, context):
        self.calls = context.get_operator_state_store().get_list_state(ListStateDescriptor("n", Types.LONG()))

    def snapshot_state(self, context):
        pass

    def reduce(self, value1, value2):
        self.calls.add(1)
        return value1 + value2 + 100 * len(self.calls.get())


def test_reduce_functions_take_part():
    stream = numbers().key_by(lambda value: 0).reduce(Sum())
    snapshot, values = None, []
    for value in (1, 2, 3):
        with OperatorHarness(stream, restored=snapshot) as harness:
            harness.process_element(value)
            values += harness.take_values()
            snapshot = harness.snapshot()
    assert values == [1, 103, 306]


WRITTEN: list = []


class BufferingSink(SinkFunction, CheckpointedFunction):
    """Writes three elements at a time."""

    def initialize_state(self, context):
        store = context.get_operator_state_store()
        self.state = store.get_list_state(ListStateDescriptor("buffered", Types.LONG()))
        self.buffered = list(self.state)

    def snapshot_state(self, context):
        self.state.update(self.buffered)

    def invoke(self, value, context):
        self.buffered.append(value)
        if len(self.buffered) >= 3:
            self.finish()

    def finish(self):
        WRITTEN.extend(self.buffered)
        self.buffered.clear()


def test_a_buffering_sink_loses_nothing_at_changing_parallelism():
    sink = numbers().add_sink(BufferingSink())
    WRITTEN.clear()
    snapshots, value = None, 0
    for parallelism in (1, 4, 2, 3, 1):
        before, snapshots = snapshots, []
        for subtask in range(parallelism):
            with OperatorHarness(sink, restored=before, subtask=subtask, parallelism=parallelism) as harness:
                for _ in range(4):
                    harness.process_element(value)
                    value += 1
                snapshots.append(harness.snapshot())
    with OperatorHarness(sink, restored=snapshots) as harness:
        harness.end_input()
    assert sorted(WRITTEN) == list(range(value))


LEAKED: list = []


class Leaks(MapFunction, CheckpointedFunction):
    def initialize_state(self, context):
        descriptor = ListStateDescriptor("s", Types.LONG())
        LEAKED.append(context.get_operator_state_store().get_list_state(descriptor))

    def snapshot_state(self, context):
        pass

    def map(self, value):
        return value


def test_state_can_be_used_only_until_the_function_is_closed():
    with OperatorHarness(numbers().map(Leaks())):
        state = LEAKED.pop()
        state.add(3)
        assert list(state) == [3]
    with pytest.raises(RuntimeError, match="closed"):
        state.get()


class Declares(MapFunction, CheckpointedFunction):
    """Runs what it is given in `initialize_state`."""

    def __init__(self, body):
        self.body = body

    def initialize_state(self, context):
        self.body(context)

    def snapshot_state(self, context):
        raise ValueError("not now")

    def map(self, value):
        return value


def raised_by(body) -> str:
    with pytest.raises(Exception) as caught:
        OperatorHarness(numbers().map(Declares(body)))
    return str(caught.value)


class Names(MapFunction, CheckpointedFunction):
    """Declares one state of each kind at its second record, and tells all names at each."""

    def initialize_state(self, context):
        self.store = context.get_operator_state_store()

    def snapshot_state(self, context):
        pass

    def map(self, value):
        if value == 2:
            self.store.get_list_state(ListStateDescriptor("list", Types.LONG()))
            self.store.get_union_list_state(ListStateDescriptor("union", Types.LONG()))
            self.store.get_broadcast_state(MapStateDescriptor("map", Types.LONG(), Types.LONG()))
        return self.store.get_registered_state_names(), self.store.get_registered_broadcast_state_names()


def test_names_are_those_of_states_asked_for_and_of_those_restored():
    stream = numbers().map(Names())
    with OperatorHarness(stream) as harness:
        harness.process_element(1)
        harness.process_element(2)
        assert harness.take_values() == [(set(), set()), ({"list", "union"}, {"map"})]
        snapshot = harness.snapshot()
    with OperatorHarness(stream, restored=snapshot) as harness:
        harness.process_element(1)
        assert harness.take_values() == [({"list", "union"}, {"map"})]


def test_what_can_not_be_declared_is_said():
    longs = ListStateDescriptor("s", Types.LONG())

    def as_union(context):
        context.get_operator_state_store().get_list_state(longs)
        context.get_operator_state_store().get_union_list_state(longs)

    def with_ttl(context):
        descriptor = ListStateDescriptor("s", Types.LONG())
        descriptor.enable_time_to_live(StateTtlConfig.new_builder(Time.seconds(1)).build())
        context.get_operator_state_store().get_list_state(descriptor)

    def with_a_map(context):
        context.get_operator_state_store().get_list_state(MapStateDescriptor("s", Types.LONG(), Types.LONG()))

    def adds_text(context):
        context.get_operator_state_store().get_list_state(longs).add("x")

    assert "'s' was declared before as a list state, and now is a union list state" in raised_by(as_union)
    assert "can't have a time to live" in raised_by(with_ttl)
    assert "ListStateDescriptor is needed" in raised_by(with_a_map)
    assert "key_by" in raised_by(lambda context: context.get_keyed_state_store())
    assert "'x'" in raised_by(adds_text)
    assert "None can't be added" in raised_by(
        lambda context: context.get_operator_state_store().get_list_state(longs).add(None)
    )


def test_another_type_than_in_the_snapshot_is_refused():
    def declares(type_info):
        return lambda context: context.get_operator_state_store().get_list_state(
            ListStateDescriptor("s", type_info)
        )

    class Quiet(Declares):
        def snapshot_state(self, context):
            pass

    with OperatorHarness(numbers().map(Quiet(declares(Types.LONG())))) as harness:
        snapshot = harness.snapshot()
    with pytest.raises(
        RuntimeError, match=r"'s' is in the snapshot with type .*LONG.* now has type .*STRING"
    ):
        OperatorHarness(numbers().map(Quiet(declares(Types.STRING()))), restored=snapshot)


def test_what_snapshot_state_raises_is_raised():
    with (
        OperatorHarness(numbers().map(Declares(lambda context: None))) as harness,
        pytest.raises(ValueError, match="not now"),
    ):
        harness.snapshot()


def test_bad_places_are_refused():
    stream = numbers().flat_map(Buffered())
    with pytest.raises(ValueError, match="no subtask 2"):
        OperatorHarness(stream, subtask=2, parallelism=2)
    with OperatorHarness(stream) as harness:
        several = [harness.snapshot(), harness.snapshot()]
    with pytest.raises(ValueError, match=r"several checkpoints: \[1, 2\]"):
        OperatorHarness(stream, restored=several)


class Unpicklable(KeyedProcessFunction, CheckpointedFunction):
    """Remembers what can't be written, by key or without one."""

    def __init__(self, keyed):
        self.keyed = keyed

    def initialize_state(self, context):
        anything = Types.PICKLED_BYTE_ARRAY()
        self.value = context.get_keyed_state_store().get_state(ValueStateDescriptor("v", anything))
        self.list = context.get_operator_state_store().get_list_state(ListStateDescriptor("l", anything))

    def snapshot_state(self, context):
        pass

    def process_element(self, value, ctx):
        if self.keyed:
            self.value.update(threading.Lock())
        else:
            self.list.add(threading.Lock())


@pytest.mark.parametrize("keyed", [True, False])
def test_what_can_not_be_pickled_fails_the_snapshot_not_the_process(keyed):
    stream = numbers().key_by(lambda value: value).process(Unpicklable(keyed))
    with OperatorHarness(stream) as harness:
        harness.process_element(1)
        named = "the value of 'v' for key 1" if keyed else "an item of the list state 'l'"
        with pytest.raises(StateError, match=rf"{named} .*pickle '_thread\.lock'") as refused:
            harness.snapshot()
        assert isinstance(refused.value.__cause__, TypeError)
