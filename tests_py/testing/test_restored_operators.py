"""Every stateful operator gives the same whether or not it is restored between any two steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.aggregates import SlicedAggregateFunction
from pyflinkpp.common import Time, Types
from pyflinkpp.datastream import DataStream, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import (
    AggregateFunction,
    CheckpointedFunction,
    KeyedBroadcastProcessFunction,
    KeyedCoProcessFunction,
    KeyedProcessFunction,
    ProcessFunction,
    ProcessJoinFunction,
    ProcessWindowFunction,
)
from pyflinkpp.datastream.state import (
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    ValueStateDescriptor,
)
from pyflinkpp.datastream.window import (
    ContinuousEventTimeTrigger,
    CountEvictor,
    EventTimeSessionWindows,
    SlidingEventTimeWindows,
    SlidingProcessingTimeWindows,
    TumblingEventTimeWindows,
    TumblingProcessingTimeWindows,
)
from pyflinkpp.testing import OperatorHarness, OperatorSnapshot

RECORD = Types.TUPLE([Types.STRING(), Types.LONG()])
COUNT = ValueStateDescriptor("count", Types.LONG())
SEEN = ListStateDescriptor("seen", Types.LONG())
FIRED = ListStateDescriptor("fired", Types.LONG())
LAST = MapStateDescriptor("last", Types.LONG(), Types.LONG())
SUM = ReducingStateDescriptor("sum", lambda a, b: a + b, Types.LONG())


ENV = StreamExecutionEnvironment.get_execution_environment()


def records() -> DataStream:
    return ENV.from_collection([], RECORD)


def keyed() -> DataStream:
    return records().key_by(lambda record: record[0])


class Remembers(KeyedProcessFunction):
    """All kinds of keyed state, and timers of both kinds."""

    def open(self, runtime_context):
        self.count = runtime_context.get_state(COUNT)
        self.seen = runtime_context.get_list_state(SEEN)
        self.last = runtime_context.get_map_state(LAST)
        self.sum = runtime_context.get_reducing_state(SUM)

    def process_element(self, value, ctx):
        number = value[1]
        self.count.update((self.count.value() or 0) + 1)
        self.seen.add(number)
        self.last[number % 3] = number
        self.sum.add(number)
        ctx.timer_service().register_event_time_timer(ctx.timestamp() + 5)
        ctx.timer_service().register_processing_time_timer(number + 10)
        yield self.told(ctx)

    def on_timer(self, timestamp, ctx):
        yield timestamp, ctx.time_domain(), self.told(ctx)

    def told(self, ctx):
        return ctx.get_current_key(), self.count.value(), list(self.seen), self.last.items(), self.sum.get()


class RemembersPairs(KeyedCoProcessFunction, Remembers):
    def process_element1(self, value, ctx):
        yield from self.process_element(value, ctx)

    def process_element2(self, value, ctx):
        self.last.remove(value[1] % 3)
        ctx.timer_service().delete_event_time_timer(ctx.timestamp() + 5)
        yield self.told(ctx)


class Rules(KeyedBroadcastProcessFunction):
    def open(self, runtime_context):
        self.count = runtime_context.get_state(COUNT)

    def process_element(self, value, ctx):
        self.count.update((self.count.value() or 0) + 1)
        yield value, self.count.value(), sorted(ctx.get_broadcast_state(LAST).items())

    def process_broadcast_element(self, value, ctx):
        ctx.get_broadcast_state(LAST).put(value[1], value[1])


class Batches(ProcessFunction, CheckpointedFunction):
    """Three values at a time, without a key."""

    def initialize_state(self, context):
        self.state = context.get_operator_state_store().get_list_state(SEEN)
        self.waiting = list(self.state)

    def snapshot_state(self, context):
        self.state.update(self.waiting)

    def process_element(self, value, ctx):
        self.waiting.append(value[1])
        if len(self.waiting) == 3:
            yield self.waiting
            self.waiting = []


class Near(ProcessJoinFunction, CheckpointedFunction):
    """Numbers its pairs."""

    def initialize_state(self, context):
        self.pairs = context.get_operator_state_store().get_list_state(SEEN)

    def snapshot_state(self, context):
        pass

    def process_element(self, left, right, ctx):
        self.pairs.add(left[1])
        yield left, right, ctx.get_timestamp(), len(self.pairs.get())


class Concat(AggregateFunction):
    def create_accumulator(self):
        return []

    def add(self, value, accumulator):
        return [*accumulator, value[1]]

    def get_result(self, accumulator):
        return tuple(accumulator)

    def merge(self, acc_a, acc_b):
        return sorted(acc_a + acc_b)


class SlicedConcat(Concat, SlicedAggregateFunction):
    pass


class Fires(ProcessWindowFunction):
    """Counts its calls for each window and each key."""

    def process(self, key, context, elements):
        window = context.window_state().get_state(COUNT)
        window.update((window.value() or 0) + 1)
        key_count = context.global_state().get_state(COUNT)
        key_count.update((key_count.value() or 0) + 1)
        yield key, str(context.window()), sorted(map(str, elements)), window.value(), key_count.value()

    def clear(self, context):
        context.window_state().get_state(COUNT).clear()


class Merged(ProcessWindowFunction):
    def process(self, key, context, elements):
        key_count = context.global_state().get_state(COUNT)
        key_count.update((key_count.value() or 0) + 1)
        yield key, str(context.window()), sorted(map(str, elements)), key_count.value()


class Numbered(ProcessWindowFunction, CheckpointedFunction):
    """Numbers the windows that fire, whatever their key."""

    def initialize_state(self, context):
        self.state = context.get_operator_state_store().get_list_state(FIRED)
        self.fired = sum(self.state)

    def snapshot_state(self, context):
        self.state.update([self.fired])

    def process(self, key, context, elements):
        self.fired += 1
        yield key, str(context.window()), list(elements), self.fired


class CountedAdds(Concat, CheckpointedFunction):
    """Gives how many records there have been in all windows, too."""

    def initialize_state(self, context):
        self.adds = context.get_operator_state_store().get_list_state(SEEN)

    def snapshot_state(self, context):
        pass

    def add(self, value, accumulator):
        self.adds.add(value[1])
        return super().add(value, accumulator)

    def get_result(self, accumulator):
        return tuple(accumulator), len(self.adds.get())


def reduced(a, b):
    return a[0], a[1] + b[1]


TUMBLING = TumblingEventTimeWindows(10, 0)
LATE = 7

OPERATORS: dict[str, Callable[[], DataStream]] = {
    "process": lambda: keyed().process(Remembers()),
    "co-process": lambda: keyed().connect(keyed()).process(RemembersPairs()),
    "broadcast": lambda: keyed().connect(records().broadcast(LAST)).process(Rules()),
    "unkeyed": lambda: records().process(Batches()),
    "reduce": lambda: keyed().reduce(reduced),
    "interval join": lambda: (
        keyed().interval_join(keyed()).between(Time.milliseconds(-4), Time.milliseconds(4)).process(Near())
    ),
    "window reduce": lambda: keyed().window(TUMBLING).allowed_lateness(LATE).reduce(reduced, Fires()),
    "window aggregate": lambda: (
        keyed().window(SlidingEventTimeWindows(10, 4, 0)).aggregate(Concat(), Fires())
    ),
    "sliced windows": lambda: (
        keyed()
        .window(SlidingEventTimeWindows(20, 3, 0))
        .allowed_lateness(LATE)
        .aggregate(SlicedConcat(), Fires())
    ),
    "sliced processing time": lambda: (
        keyed().window(SlidingProcessingTimeWindows(12, 2, 0)).aggregate(SlicedConcat(), Fires())
    ),
    "session": lambda: keyed().window(EventTimeSessionWindows(6)).allowed_lateness(LATE).process(Merged()),
    "session aggregate": lambda: keyed().window(EventTimeSessionWindows(6)).aggregate(Concat()),
    "continuous": lambda: keyed().window(TUMBLING).trigger(ContinuousEventTimeTrigger(3)).process(Fires()),
    "evictor": lambda: keyed().window(TUMBLING).evictor(CountEvictor.of(2)).process(Fires()),
    "processing time": lambda: keyed().window(TumblingProcessingTimeWindows(4, 0)).process(Fires()),
    "count window": lambda: keyed().count_window(3).process(Fires()),
    "sliding count window": lambda: keyed().count_window(4, 2).process(Fires()),
    "checkpointed window function": lambda: keyed().window(TUMBLING).process(Numbered()),
    "checkpointed functions": lambda: keyed().window(TUMBLING).aggregate(CountedAdds(), Numbered()),
    "all windows": lambda: records().window_all(TUMBLING).aggregate(Concat()),
}
TWO_INPUTS = {"co-process", "broadcast", "interval join"}

elements = st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.integers(-20, 30), st.booleans())
histories = st.lists(
    st.one_of(elements, elements, st.integers(1, 12), st.just("tick")), min_size=1, max_size=14
)


class Run:
    """Takes one step after another, in one harness or in a fresh one for each."""

    def __init__(self, stream: DataStream, two_inputs: bool) -> None:
        self.stream = stream
        self.two_inputs = two_inputs
        self.watermark = -20
        self.time = 0

    def all(self, history, restores: bool) -> list:
        values, harness = [], self._open(None)
        for step in history:
            if restores:
                snapshot = harness.snapshot()
                harness.close()
                harness = self._open(snapshot)
            # A job that goes on says it anew; the other one does likewise, for timers behind it.
            harness.process_watermark(self.watermark)
            self._take(harness, step)
            values.append(sorted(map(str, harness.take_values())))
        harness.process_watermark(1000)
        harness.set_processing_time(1000)
        values.append(sorted(map(str, harness.take_values())))
        harness.close()
        return values

    def _open(self, snapshot: OperatorSnapshot | None) -> OperatorHarness:
        return OperatorHarness(self.stream, restored=snapshot, processing_time=self.time)

    def _take(self, harness: OperatorHarness, step) -> None:
        if step == "tick":
            self.time += 3
            harness.set_processing_time(self.time)
        elif isinstance(step, int):
            self.watermark += step
            harness.process_watermark(self.watermark)
        else:
            key, number, timestamp, second = step
            harness.process_element((key, number), timestamp, int(second and self.two_inputs))


@pytest.mark.parametrize("name", OPERATORS)
@settings(max_examples=40, deadline=None)
@given(history=histories)
def test_restores_change_nothing(name, history):
    stream, two_inputs = OPERATORS[name](), name in TWO_INPUTS
    plain = Run(stream, two_inputs).all(history, restores=False)
    assert Run(stream, two_inputs).all(history, restores=True) == plain


@pytest.mark.parametrize("name", OPERATORS)
def test_the_operators_give_something(name):
    history = [(key, number, 3 * number, second) for number in range(6) for key in "ab" for second in (0, 1)]
    assert any(Run(OPERATORS[name](), name in TWO_INPUTS).all(history, restores=False))
