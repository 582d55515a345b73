"""Windows run by native assigners and triggers, and the same ones run as Python code, tell the same."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import Types
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import WindowFunction
from pyflinkpp.datastream.window import (
    ContinuousEventTimeTrigger,
    CountTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    PurgingTrigger,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
)
from pyflinkpp.testing import OperatorHarness


class Spans(WindowFunction):
    def apply(self, key, window, inputs):
        yield key, window.start, window.end, list(inputs)


def in_python(kind):
    """The class as a subclass that the engine can't know to be the same."""
    return type(f"Python{kind.__name__}", (kind,), {})


sizes = st.integers(1, 15)
assigners = st.one_of(
    st.tuples(st.just(TumblingEventTimeWindows), st.tuples(sizes, st.just(0))),
    st.tuples(st.just(SlidingEventTimeWindows), st.tuples(sizes, sizes, st.just(0))),
    st.tuples(st.just(EventTimeSessionWindows), st.tuples(sizes)),
)
triggers = st.one_of(
    st.tuples(st.just(EventTimeTrigger), st.just(())),
    st.tuples(st.just(CountTrigger), st.tuples(st.integers(1, 4))),
    st.tuples(st.just(ContinuousEventTimeTrigger), st.tuples(sizes)),
)
#: (key, time), or a step of the watermark.
records = st.tuples(st.sampled_from("ab"), st.integers(-20, 60))
steps = st.lists(st.one_of(records, st.integers(1, 20)), max_size=25)


def run(assigner, trigger, lateness, history):
    env = StreamExecutionEnvironment.get_execution_environment()
    numbers = env.from_collection([], Types.TUPLE([Types.STRING(), Types.LONG()]))
    windows = numbers.key_by(lambda r: r[0]).window(assigner).trigger(trigger).allowed_lateness(lateness)
    seen = []
    watermark = -20
    with OperatorHarness(windows.apply(Spans())) as harness:
        for step in history:
            if isinstance(step, int):
                watermark += step
                harness.process_watermark(watermark)
            else:
                harness.process_element(step, step[1])
            seen.append(sorted(harness.take_values()))
        harness.process_watermark((1 << 63) - 1)
        seen.append(sorted(harness.take_values()))
    return seen


@settings(max_examples=2000, deadline=None)
@given(assigners, triggers, st.booleans(), st.integers(0, 10), steps)
def test_native_and_python_windows_agree(assigner, trigger, purging, lateness, history):
    def made(python):
        assigner_kind, trigger_kind = assigner[0], trigger[0]
        if python:
            assigner_kind, trigger_kind = in_python(assigner_kind), in_python(trigger_kind)
        own = trigger_kind(*trigger[1])
        return assigner_kind(*assigner[1]), PurgingTrigger.of(own) if purging else own, lateness, history

    assert run(*made(python=False)) == run(*made(python=True))
