"""Triggers, evictors and assigners written in Python, and the library's own that are."""

import warnings

import pytest

from pyflinkpp.common import Types
from pyflinkpp.common.serializer import TypeSerializer
from pyflinkpp.datastream import WindowFunction
from pyflinkpp.datastream.functions import ProcessWindowFunction
from pyflinkpp.datastream.state import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    ReducingStateDescriptor,
    ValueStateDescriptor,
)
from pyflinkpp.datastream.window import (
    ContinuousEventTimeTrigger,
    ContinuousProcessingTimeTrigger,
    CountEvictor,
    CountTrigger,
    DeltaEvictor,
    DeltaTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    Evictor,
    GlobalWindows,
    MergingWindowAssigner,
    ProcessingTimeoutTrigger,
    ProcessingTimeSessionWindows,
    PurgingTrigger,
    SessionWindowTimeGapExtractor,
    TimeEvictor,
    TimeWindow,
    TimeWindowSerializer,
    Trigger,
    TriggerResult,
    TumblingEventTimeWindows,
    Window,
    WindowAssigner,
)
from pyflinkpp.testing import OperatorHarness

from .test_window_functions import Mean, run

TEN = TumblingEventTimeWindows.of(10)


class Numbers(WindowFunction):
    def apply(self, key, window, inputs):
        yield [number for _, number in inputs]


def at(*times):
    """A record of key "a" at each time, with the time as its number."""
    return [(("a", time), time) for time in times]


class OnTens(Trigger):
    """Fires for every number that ten divides, purges for 13, and at the window's end."""

    def on_element(self, element, timestamp, window, ctx):
        ctx.register_event_time_timer(window.max_timestamp())
        if element[1] == 13:
            return TriggerResult.PURGE
        return TriggerResult.FIRE_AND_PURGE if element[1] % 10 == 0 else TriggerResult.CONTINUE

    def on_event_time(self, time, window, ctx):
        return TriggerResult.FIRE

    def on_processing_time(self, time, window, ctx):
        return TriggerResult.CONTINUE

    def on_merge(self, window, ctx):
        raise AssertionError

    def clear(self, window, ctx):
        ctx.delete_event_time_timer(window.max_timestamp())


def test_a_trigger_may_fire_and_purge(keyed):
    stream = keyed.window(TumblingEventTimeWindows.of(100)).trigger(OnTens()).apply(Numbers())
    assert run(stream, at(1, 2, 20, 3, 13, 4)) == [[1, 2, 20], [4]]


def test_a_subclass_of_a_library_trigger_is_called(keyed):
    class Eager(EventTimeTrigger):
        def on_element(self, element, timestamp, window, ctx):
            super().on_element(element, timestamp, window, ctx)
            return TriggerResult.FIRE

    for trigger in (Eager(), PurgingTrigger.of(Eager())):
        stream = keyed.window(TEN).trigger(trigger).apply(Numbers())
        assert run(stream, at(1))[0] == [1]


class Remembers(Trigger):
    """Fires at every third element, by any kind of state that merges."""

    def __init__(self):
        self.reducing = ReducingStateDescriptor("count", lambda x, y: x + y, Types.LONG())
        self.listing = ListStateDescriptor("seen", Types.LONG())
        self.aggregating = AggregatingStateDescriptor("mean", Mean(), Types.PICKLED_BYTE_ARRAY())

    def on_element(self, element, timestamp, window, ctx):
        count = ctx.get_partitioned_state(self.reducing)
        seen = ctx.get_partitioned_state(self.listing)
        mean = ctx.get_partitioned_state(self.aggregating)
        count.add(1)
        seen.add(element[1])
        mean.add(element)
        numbers = list(seen.get())
        assert count.get() == len(numbers)
        assert mean.get() == sum(numbers) / len(numbers)
        return TriggerResult.FIRE if count.get() % 3 == 0 else TriggerResult.CONTINUE

    def on_event_time(self, time, window, ctx):
        return TriggerResult.CONTINUE

    on_processing_time = on_event_time

    def can_merge(self):
        return True

    def on_merge(self, window, ctx):
        for descriptor in (self.reducing, self.listing, self.aggregating):
            ctx.merge_partitioned_state(descriptor)

    def clear(self, window, ctx):
        for descriptor in (self.reducing, self.listing, self.aggregating):
            ctx.get_partitioned_state(descriptor).clear()


def test_trigger_state_merges_with_its_windows(keyed):
    stream = keyed.window(EventTimeSessionWindows.with_gap(5)).trigger(Remembers()).apply(Numbers())
    assert [sorted(numbers) for numbers in run(stream, at(0, 8, 4, 30))] == [[0, 4, 8]]


def test_state_that_can_not_merge_is_refused(keyed):
    class Values(Remembers):
        def on_merge(self, window, ctx):
            ctx.merge_partitioned_state(ValueStateDescriptor("value", Types.LONG()))

    stream = keyed.window(EventTimeSessionWindows.with_gap(5)).trigger(Values()).apply(Numbers())
    with pytest.raises(TypeError, match="'value' can't be merged"):
        run(stream, at(0, 3))


def test_a_trigger_that_can_not_merge_is_refused_for_sessions(keyed):
    with pytest.raises(TypeError, match="OnTens"):
        keyed.window(EventTimeSessionWindows.with_gap(5)).trigger(OnTens())


def test_a_wrong_answer_of_a_trigger_is_named(keyed):
    class Silent(OnTens):
        def on_element(self, element, timestamp, window, ctx):
            return True

    with pytest.raises(TypeError, match="TriggerResult, not True"):
        run(keyed.window(TEN).trigger(Silent()).apply(Numbers()), at(1))


def test_delta_trigger(keyed):
    trigger = DeltaTrigger.of(3, lambda old, new: new[1] - old[1])
    stream = keyed.window(GlobalWindows.create()).trigger(PurgingTrigger.of(trigger)).apply(Numbers())
    assert run(stream, at(0, 2, 3, 4, 7, 8)) == [[0, 2, 3, 4], [7, 8]]


def test_continuous_triggers(keyed):
    stream = keyed.window(TumblingEventTimeWindows.of(100)).trigger(ContinuousEventTimeTrigger.of(30))
    with OperatorHarness(stream.apply(Numbers())) as harness:
        harness.process_element(("a", 5), 5)
        harness.process_watermark(30)
        harness.process_element(("a", 6), 6)
        harness.process_watermark(59)
        assert harness.take_values() == [[5]]
        harness.process_watermark(1000)
        assert harness.take_values() == [[5, 6]] * 3
    stream = keyed.window(GlobalWindows.create()).trigger(ContinuousProcessingTimeTrigger.of(30))
    with OperatorHarness(stream.apply(Numbers()), processing_time=10) as harness:
        harness.process_element(("a", 5), 5)
        harness.set_processing_time(31)
        harness.process_element(("a", 6), 6)
        harness.set_processing_time(61)
        assert harness.take_values() == [[5], [5, 6]]


def test_a_timeout_fires_what_the_nested_trigger_leaves(keyed):
    trigger = ProcessingTimeoutTrigger.of(PurgingTrigger.of(CountTrigger.of(3)), 10)
    stream = keyed.window(GlobalWindows.create()).trigger(PurgingTrigger.of(trigger)).apply(Numbers())
    with OperatorHarness(stream) as harness:
        for time in (1, 2, 3, 4):
            harness.process_element(("a", time))
        assert harness.take_values() == [[1, 2, 3]]
        harness.set_processing_time(9)
        harness.process_element(("a", 5))
        harness.set_processing_time(11)
        assert harness.take_values() == [[4, 5]]
        harness.set_processing_time(50)
        assert harness.take_values() == []


def test_a_timeout_that_each_record_resets(keyed):
    trigger = ProcessingTimeoutTrigger.of(CountTrigger.of(100), 10, reset_timer_on_new_record=True)
    stream = keyed.window(GlobalWindows.create()).trigger(trigger).apply(Numbers())
    with OperatorHarness(stream) as harness:
        harness.process_element(("a", 1))
        harness.set_processing_time(9)
        harness.process_element(("a", 2))
        harness.set_processing_time(15)
        assert harness.take_values() == []
        harness.set_processing_time(20)
        assert harness.take_values() == [[1, 2]]


# -- evictors


def fired_with(keyed, evictor, *times, every=4):
    stream = keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(every)).evictor(evictor)
    return run(stream.apply(Numbers()), at(*times))


def test_count_evictor_before_and_after(keyed):
    assert fired_with(keyed, CountEvictor.of(2), 1, 2, 3, 4) == [[3, 4]]
    after = fired_with(keyed, CountEvictor.of(2, do_evict_after=True), *range(1, 9))
    assert after == [[1, 2, 3, 4], [3, 4, 5, 6, 7, 8]]


def test_time_and_delta_evictors(keyed):
    assert fired_with(keyed, TimeEvictor.of(3), 1, 5, 6, 7) == [[5, 6, 7]]
    near = DeltaEvictor.of(3, lambda element, last: abs(last[1] - element[1]))
    assert fired_with(keyed, near, 1, 9, 3, 2) == [[1, 3, 2]]


def test_a_window_emptied_by_its_evictor_still_fires(keyed):
    assert fired_with(keyed, CountEvictor.of(0), 1, 2, 3, 4) == [[]]


def test_an_evictor_of_the_users_sees_values_timestamps_and_time(keyed):
    class Odd(Evictor):
        def evict_before(self, elements, size, window, evictor_context):
            assert size == len(elements)
            assert evictor_context.get_current_watermark() == 9
            elements[:] = [e for e in elements if e.timestamp % 2 and e.value == ("a", e.timestamp)]

        def evict_after(self, elements, size, window, evictor_context):
            assert window == TimeWindow(0, 10)

    assert run(keyed.window(TEN).evictor(Odd()).apply(Numbers()), at(1, 2, 3), until=9) == [[1, 3]]


def test_reduce_and_aggregate_with_an_evictor_are_computed_anew(keyed):
    windows = keyed.window(TEN).evictor(CountEvictor.of(2))
    with pytest.warns(UserWarning, match="evictor"):
        reduced = windows.reduce(lambda x, y: (x[0], x[1] + y[1]))
    with pytest.warns(UserWarning, match="evictor"):
        means = windows.aggregate(Mean(), Numbers2())
    assert run(reduced, at(1, 2, 3)) == [("a", 5)]
    assert run(means, at(1, 2, 3)) == [("a", [2.5])]


class Numbers2(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield key, list(elements)


# -- assigners


class Halves(WindowAssigner):
    def assign_windows(self, element, timestamp, context):
        base = timestamp - timestamp % 10
        return [TimeWindow(base, base + 10), TimeWindow(base, base + 5)][: 2 if timestamp % 10 < 5 else 1]

    def get_default_trigger(self, env):
        return EventTimeTrigger()

    def get_window_serializer(self):
        return TimeWindowSerializer()

    def is_event_time(self):
        return True


def test_an_assigner_of_the_users(keyed):
    assert run(keyed.window(Halves()).apply(Numbers()), at(1, 7)) == [[1], [1, 7]]


def test_a_window_of_the_wrong_kind_is_named(keyed):
    class Wrong(Halves):
        def assign_windows(self, element, timestamp, context):
            return ["noon"]

    with pytest.raises(TypeError, match=r"TimeWindow.*'noon'"):
        run(keyed.window(Wrong()).apply(Numbers()), at(1))


class Colour(Window):
    def __init__(self, name):
        self.name = name

    def max_timestamp(self):
        return 100

    def __eq__(self, other):
        return self.name == other.name

    def __hash__(self):
        return hash(self.name)


class ColourSerializer(TypeSerializer):
    def serialize(self, element, stream):
        stream.write(element.name.encode())

    def deserialize(self, stream):
        return Colour(stream.read().decode())


class Colours(Halves):
    """Windows of the user's own, by a number of the key's in state."""

    def assign_windows(self, element, timestamp, context):
        state = context.get_runtime_context().get_state(ValueStateDescriptor("seen", Types.INT()))
        state.update((state.value() or 0) + 1)
        return [Colour("red" if state.value() % 2 else "blue")]

    def get_window_serializer(self):
        return ColourSerializer()


def test_windows_of_the_users_own_kind(keyed):
    class Names(WindowFunction):
        def apply(self, key, window, inputs):
            yield key, window.name, [number for _, number in inputs]

    records = [*at(1, 2, 3), (("b", 4), 4)]
    found = run(keyed.window(Colours()).apply(Names()), records)
    assert sorted(found) == [("a", "blue", [2]), ("a", "red", [1, 3]), ("b", "red", [4])]


class Chains(Halves, MergingWindowAssigner):
    """Windows of one millisecond that merge when they are neighbours."""

    def assign_windows(self, element, timestamp, context):
        return [TimeWindow(timestamp, timestamp + 1)]

    def merge_windows(self, windows, callback):
        TimeWindow.merge_windows(windows, callback)


def test_merging_windows_of_the_users(keyed):
    assert run(keyed.window(Chains()).aggregate(Mean()), at(1, 2, 5, 3)) == [2.0, 5.0]


class Gap(SessionWindowTimeGapExtractor):
    def extract(self, element):
        return element[1]


def test_sessions_with_a_gap_for_each_record(keyed):
    stream = keyed.window(EventTimeSessionWindows.with_dynamic_gap(Gap())).apply(Numbers())
    assert run(stream, [(("a", 10), 0), (("a", 1), 5), (("a", 2), 30)]) == [[10, 1], [2]]
    with pytest.raises(ValueError, match="gap must be greater than 0"):
        run(stream, [(("a", 0), 0)])


def test_sessions_by_the_clock(keyed):
    stream = keyed.window(ProcessingTimeSessionWindows.with_gap(10)).apply(Numbers())
    with OperatorHarness(stream) as harness:
        harness.process_element(("a", 1))
        harness.set_processing_time(8)
        harness.process_element(("a", 2))
        harness.set_processing_time(17)
        assert harness.take_values() == []
        harness.set_processing_time(18)
        assert harness.take_values() == [[1, 2]]


def test_ordinary_windows_do_not_warn(keyed):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keyed.window(TEN).sum(1)
        keyed.count_window(3).sum(1)


def test_what_is_no_collection_is_refused_by_name(keyed):
    class Nowhere(TumblingEventTimeWindows):
        def assign_windows(self, element, timestamp, context):
            return None

    class One(WindowFunction):
        def apply(self, key, window, inputs):
            return 1

    harness = OperatorHarness(keyed.window(Nowhere(10, 0)).apply(One()))
    with harness, pytest.raises(TypeError, match="assign_windows returned None"):
        harness.process_element(("a", 1), 1)
    with OperatorHarness(keyed.window(TumblingEventTimeWindows.of(10)).apply(One())) as harness:
        harness.process_element(("a", 1), 1)
        with pytest.raises(TypeError, match="returned 1 of type int: results have to be yielded"):
            harness.process_watermark(9)
