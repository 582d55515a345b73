"""No record outlives its windows, nor the operator."""

import gc
import weakref

import pytest

from pyflinkpp.aggregates import SlicedAggregateFunction
from pyflinkpp.datastream.functions import AggregateFunction, WindowFunction
from pyflinkpp.datastream.window import (
    CountEvictor,
    CountTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
)
from pyflinkpp.testing import OperatorHarness


class Token:
    """A record that can be watched."""


class Give(WindowFunction):
    def apply(self, key, window, inputs):
        yield from inputs


class Gather(AggregateFunction):
    def create_accumulator(self):
        return []

    def add(self, value, accumulator):
        accumulator.append(value)
        return accumulator

    def get_result(self, accumulator):
        return list(accumulator)

    def merge(self, acc_a, acc_b):
        return acc_a + acc_b


class SlicedGather(Gather, SlicedAggregateFunction):
    def get_result(self, accumulator):
        return len(accumulator)


class InPython(EventTimeTrigger):
    pass


ASSIGNERS = [
    TumblingEventTimeWindows.of(10),
    SlidingEventTimeWindows.of(10, 5),
    EventTimeSessionWindows.with_gap(5),
]
OPERATORS = [
    lambda windows: windows.apply(Give()),
    lambda windows: windows.evictor(CountEvictor.of(2)).apply(Give()),
    lambda windows: windows.reduce(lambda x, y: y),
    lambda windows: windows.aggregate(Gather()),
    lambda windows: windows.aggregate(Gather(), Give()),
    lambda windows: windows.aggregate(SlicedGather()),
    lambda windows: windows.trigger(CountTrigger.of(2)).apply(Give()),
    lambda windows: windows.trigger(InPython()).apply(Give()),
]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("assigner", ASSIGNERS, ids=lambda assigner: type(assigner).__name__)
@pytest.mark.parametrize("to_the_end", [True, False])
def test_records_die_with_the_operator(env, assigner, operator, to_the_end):
    stream = operator(env.from_collection([]).key_by(lambda token: 0).window(assigner))
    watched = []
    with OperatorHarness(stream) as harness:
        for time in (0, 8, 4, 11, 30, 2):
            token = Token()
            watched.append(weakref.ref(token))
            harness.process_element(token, time)
            del token
        harness.process_watermark(12)
        if to_the_end:
            harness.process_watermark((1 << 63) - 1)
            harness.take_values()
            gc.collect()
            assert not any(reference() for reference in watched)
    harness.take_values()
    del harness
    gc.collect()
    assert not any(reference() for reference in watched)
