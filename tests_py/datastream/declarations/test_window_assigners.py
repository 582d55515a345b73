"""Which windows an element gets, how sessions merge, and what evictors leave."""

from __future__ import annotations

import io

import pytest

from pyflinkpp.common.time import Duration, Time
from pyflinkpp.datastream.window import (
    MAX_LONG_VALUE,
    MIN_LONG_VALUE,
    CountEvictor,
    CountSlidingWindowAssigner,
    CountTumblingWindowAssigner,
    CountWindow,
    CountWindowSerializer,
    DeltaEvictor,
    DynamicEventTimeSessionWindows,
    EventTimeSessionWindows,
    EventTimeTrigger,
    GlobalWindow,
    GlobalWindows,
    GlobalWindowSerializer,
    NeverTrigger,
    ProcessingTimeSessionWindows,
    ProcessingTimeTrigger,
    SessionWindowTimeGapExtractor,
    SlidingEventTimeWindows,
    SlidingProcessingTimeWindows,
    TimeEvictor,
    TimestampedValue,
    TimeWindow,
    TimeWindowSerializer,
    TumblingEventTimeWindows,
    TumblingProcessingTimeWindows,
    WindowAssigner,
)


class Context(WindowAssigner.WindowAssignerContext):
    """A clock at 1234, and one counter."""

    count = None

    def get_current_processing_time(self):
        return 1234

    def get_runtime_context(self):
        return self

    def get_state(self, descriptor):
        return self

    def value(self):
        return self.count

    def update(self, value):
        self.count = value


def spans(windows):
    return [(w.start, w.end) for w in windows]


@pytest.mark.parametrize(
    ("timestamp", "offset", "start"),
    [
        (0, 0, 0),
        (9, 0, 0),
        (10, 0, 10),
        (-1, 0, -10),
        (-10, 0, -10),
        (-11, 0, -20),
        (3, 4, -6),
        (-7, -2, -12),
    ],
)
def test_tumbling_start_is_floored(timestamp, offset, start):
    assigner = TumblingEventTimeWindows.of(Time.milliseconds(10), Time.milliseconds(offset))
    assert spans(assigner.assign_windows("x", timestamp, None)) == [(start, start + 10)]


def test_sliding_windows_latest_first_also_below_zero():
    assigner = SlidingEventTimeWindows.of(Duration.of_millis(10), Duration.of_millis(4))
    assert spans(assigner.assign_windows("x", -1, None)) == [(-4, 6), (-8, 2)]
    assert spans(assigner.assign_windows("x", 9, None)) == [(8, 18), (4, 14), (0, 10)]
    gaps = SlidingEventTimeWindows.of(2, 10)
    assert gaps.assign_windows("x", 5, None) == []


def test_processing_time_comes_from_the_clock():
    ctx = Context()
    assert spans(TumblingProcessingTimeWindows.of(100).assign_windows("x", 7, ctx)) == [(1200, 1300)]
    assert spans(SlidingProcessingTimeWindows.of(100, 50).assign_windows("x", 7, ctx))[0] == (1200, 1300)
    assert spans(ProcessingTimeSessionWindows.with_gap(10).assign_windows("x", 7, ctx)) == [(1234, 1244)]
    assert isinstance(TumblingProcessingTimeWindows.of(1).get_default_trigger(None), ProcessingTimeTrigger)
    assert isinstance(TumblingEventTimeWindows.of(1).get_default_trigger(None), EventTimeTrigger)
    assert not TumblingProcessingTimeWindows.of(1).is_event_time()
    assert TumblingEventTimeWindows.of(1).is_event_time()


def test_an_element_without_timestamp_is_refused():
    with pytest.raises(ValueError, match="no timestamp"):
        TumblingEventTimeWindows.of(10).assign_windows("x", MIN_LONG_VALUE, None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TumblingEventTimeWindows.of(0), "size.* 0"),
        (lambda: TumblingEventTimeWindows.of(-5), "size.*-5"),
        (lambda: TumblingEventTimeWindows.of(10, 10), "offset.*10"),
        (lambda: SlidingEventTimeWindows.of(10, 0), "slide.* 0"),
        (lambda: SlidingEventTimeWindows.of(10, 5, -5), "offset.*-5"),
        (lambda: EventTimeSessionWindows.with_gap(0), "gap.* 0"),
        (lambda: CountTumblingWindowAssigner.of(0), "window_size.* 0"),
        (lambda: CountSlidingWindowAssigner.of(3, 0), "window_slide.* 0"),
    ],
)
def test_bad_sizes_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_sessions_that_overlap_or_touch_merge():
    merged = []

    class Callback:
        def merge(self, to_be_merged, merge_result):
            merged.append(((merge_result.start, merge_result.end), spans(to_be_merged)))

    windows = [TimeWindow(*w) for w in [(20, 25), (0, 5), (5, 10), (8, 12), (30, 31), (13, 14)]]
    EventTimeSessionWindows.with_gap(5).merge_windows(windows, Callback())
    assert merged == [((0, 12), [(0, 5), (5, 10), (8, 12)])]


def test_dynamic_gap():
    class Gap(SessionWindowTimeGapExtractor):
        def extract(self, element):
            return element

    assigner = EventTimeSessionWindows.with_dynamic_gap(Gap())
    assert isinstance(assigner, DynamicEventTimeSessionWindows)
    assert spans(assigner.assign_windows(7, 100, None)) == [(100, 107)]
    with pytest.raises(ValueError, match="got 0"):
        assigner.assign_windows(0, 100, None)


def test_count_windows():
    ctx, tumbling = Context(), CountTumblingWindowAssigner.of(2)
    assert [tumbling.assign_windows("x", 0, ctx)[0].id for _ in range(5)] == [0, 0, 1, 1, 2]
    ctx, sliding = Context(), CountSlidingWindowAssigner.of(4, 2)
    assert [[w.id for w in sliding.assign_windows("x", 0, ctx)] for _ in range(6)] == [
        [0],
        [0],
        [1, 0],
        [1, 0],
        [2, 1],
        [2, 1],
    ]
    ctx, gaps = Context(), CountSlidingWindowAssigner.of(2, 3)
    assert [[w.id for w in gaps.assign_windows("x", 0, ctx)] for _ in range(4)] == [[0], [0], [], [1]]


def test_global_window():
    assigner = GlobalWindows.create()
    assert assigner.assign_windows("x", 0, None) == [GlobalWindow.get()]
    assert isinstance(assigner.get_default_trigger(None), NeverTrigger)
    assert GlobalWindow.get().max_timestamp() == MAX_LONG_VALUE == CountWindow(1).max_timestamp()


@pytest.mark.parametrize(
    ("serializer", "window", "size"),
    [
        (TimeWindowSerializer(), TimeWindow(-5, 5), 16),
        (CountWindowSerializer(), CountWindow(9), 8),
        (GlobalWindowSerializer(), GlobalWindow.get(), 1),
    ],
)
def test_serializers_round_trip(serializer, window, size):
    data = serializer.to_bytes(window)
    assert len(data) == size
    assert serializer.deserialize(io.BytesIO(data)) == window
    assert serializer == type(serializer)()
    with pytest.raises(EOFError):
        serializer.deserialize(io.BytesIO(data[1:]))


def test_time_window_is_a_value():
    assert TimeWindow(0, 1) == TimeWindow(0, 1) != TimeWindow(0, 2)
    assert len({TimeWindow(0, 1), TimeWindow(0, 1)}) == 1
    assert TimeWindow(0, 5).cover(TimeWindow(3, 9)) == TimeWindow(0, 9)
    assert not TimeWindow(0, 5).intersects(TimeWindow(6, 9))


def values(evictor, elements, after=False):
    kept = [TimestampedValue(*e) for e in elements]
    (evictor.evict_after if after else evictor.evict_before)(kept, len(kept), None, None)
    return [e.value for e in kept]


def test_evictors():
    elements = [(1, 10), (2, 50), (3, 40), (9, 20)]
    assert values(CountEvictor.of(2), elements) == [3, 9]
    assert values(CountEvictor.of(9), elements) == [1, 2, 3, 9]
    assert values(CountEvictor.of(2, True), elements) == [1, 2, 3, 9]
    assert values(CountEvictor.of(2, True), elements, after=True) == [3, 9]
    assert values(TimeEvictor.of(Time.milliseconds(30)), elements) == [2, 3]
    assert values(TimeEvictor.of(30), [(1, None), (2, None)]) == [1, 2]
    assert values(DeltaEvictor.of(7, lambda element, last: last - element), elements) == [3, 9]
