"""Joins of any history of records and watermarks, against joins of lists."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp._impl.window_joins import TaggedUnion
from pyflinkpp.common import Time
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import ProcessJoinFunction
from pyflinkpp.datastream.window import SlidingEventTimeWindows, TumblingEventTimeWindows
from pyflinkpp.testing import OperatorHarness

LEFT, RIGHT = 0, 1
END = (1 << 63) - 1
#: (side, key, time), or a step of the watermark.
RECORDS = st.tuples(st.sampled_from([LEFT, RIGHT]), st.sampled_from("ab"), st.integers(-20, 40))
HISTORIES = st.lists(st.one_of(RECORDS, st.integers(1, 15)), max_size=20)


def streams():
    env = StreamExecutionEnvironment.get_execution_environment()
    return env.from_collection([]), env.from_collection([])


def key_of(record):
    return record[0]


def told(history, first=-21):
    """Each record with a number of its own, and the watermark when it comes."""
    watermark = first
    for number, step in enumerate(history):
        if isinstance(step, int):
            watermark += step
        else:
            side, key, time = step
            yield side, (key, number), time, watermark


def drive(stream, history, process):
    watermark = -21
    with OperatorHarness(stream) as harness:
        harness.process_watermark(watermark)
        for number, step in enumerate(history):
            if isinstance(step, int):
                watermark += step
                harness.process_watermark(watermark)
            else:
                side, key, time = step
                process(harness, side, (key, number), time)
        harness.process_watermark(END)
        return harness.take_values()


class Pair(ProcessJoinFunction):
    def process_element(self, left, right, ctx):
        yield left, right


@settings(max_examples=2000, deadline=None)
@given(HISTORIES, st.integers(-10, 10), st.integers(0, 10))
def test_an_interval_join_gives_all_pairs_of_records_in_time(history, lower, width):
    left, right = streams()
    joined = left.key_by(key_of).interval_join(right.key_by(key_of)).between(lower, lower + width)
    got = drive(
        joined.process(Pair()),
        history,
        lambda harness, side, record, time: harness.process_element(record, time, input=side),
    )
    upper = lower + width
    kept_for = (max(upper, 0), max(-lower, 0))
    sides = ([], [])
    pairs = []
    for side, record, time, now in told(history):
        if time < now:
            continue
        for other, at, came in sides[1 - side]:
            # A record goes with the watermark that no partner can come after, in Flink even where one that is
            # just as far would still be taken in.
            is_gone = came < now and at + kept_for[1 - side] <= now
            distance = at - time if side == LEFT else time - at
            if other[0] == record[0] and lower <= distance <= upper and not is_gone:
                pairs.append((record, other) if side == LEFT else (other, record))
        sides[side].append((record, time, now))
    assert sorted(got) == sorted(pairs)


WINDOWS = st.one_of(
    st.tuples(st.just(TumblingEventTimeWindows), st.tuples(st.integers(1, 12))),
    st.tuples(st.just(SlidingEventTimeWindows), st.tuples(st.integers(1, 12), st.integers(1, 12))),
)


def windows_of(sizes, time):
    size, slide = sizes[0], sizes[-1]
    last = time - time % slide
    return [start for start in range(last, time - size, -slide)]


def sides_of_windows(history, sizes):
    """Of each key and window: the numbers of its records on both sides."""
    windows = defaultdict(lambda: ([], []))
    for side, (key, number), time, watermark in told(history):
        for start in windows_of(sizes, time):
            if start + sizes[0] - 1 > watermark:
                windows[key, start][side].append(number)
    return windows.values()


def tagged(harness, side, record, time):
    harness.process_element(TaggedUnion(side + 1, record), time)


def windowed(kind, window):
    assigner, sizes = window
    left, right = streams()
    keyed = getattr(left, kind)(right).where(key_of).equal_to(key_of)
    return keyed.window(assigner.of(*map(Time.milliseconds, sizes)))


@settings(max_examples=2000, deadline=None)
@given(HISTORIES, WINDOWS)
def test_a_window_join_gives_the_product_of_each_window(history, window):
    stream = windowed("join", window).apply(lambda a, b: (a[1], b[1]))
    got = drive(stream, history, tagged)
    assert sorted(got) == sorted(
        (a, b) for left, right in sides_of_windows(history, window[1]) for a in left for b in right
    )


@settings(max_examples=2000, deadline=None)
@given(HISTORIES, WINDOWS)
def test_a_co_group_gives_both_sides_of_each_window(history, window):
    stream = windowed("co_group", window).apply(
        lambda left, right: [([r[1] for r in left], [r[1] for r in right])]
    )
    got = drive(stream, history, tagged)
    assert sorted(got) == sorted(map(tuple, sides_of_windows(history, window[1])))
