import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyflinkpp.common import accumulators
from pyflinkpp.common.accumulators import (
    Accumulator,
    AverageAccumulator,
    DoubleMaximum,
    Histogram,
    IntCounter,
    IntMaximum,
    IntMinimum,
    ListAccumulator,
)

KINDS = [
    getattr(accumulators, name)
    for name in accumulators.__all__
    if name not in ("Accumulator", "SimpleAccumulator")
]


def filled(kind, values):
    accumulator = kind()
    for value in values:
        accumulator.add(value)
    return accumulator


@pytest.mark.parametrize("kind", KINDS)
@given(first=st.lists(st.integers(-(2**31), 2**31 - 1)), second=st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_merging_is_adding_all(kind, first, second):
    merged = filled(kind, first)
    copy = merged.clone()
    merged.merge(filled(kind, second))
    assert merged.get_local_value() == pytest.approx(filled(kind, first + second).get_local_value())
    assert copy.get_local_value() == filled(kind, first).get_local_value()
    merged.reset_local()
    assert merged.get_local_value() == kind().get_local_value()
    assert isinstance(merged, Accumulator)


def test_results():
    assert filled(IntCounter, [1, 2, -5]).get_local_value() == -2
    assert (filled(IntMinimum, [3, 1]).get_local_value(), IntMinimum().get_local_value()) == (1, 2**31 - 1)
    assert (filled(IntMaximum, [3, 1]).get_local_value(), IntMaximum().get_local_value()) == (3, -(2**31))
    assert DoubleMaximum(2.5).get_local_value() == 2.5
    assert filled(AverageAccumulator, [1, 2]).get_local_value() == 1.5
    assert list(filled(Histogram, [5, 1, 5]).get_local_value().items()) == [(1, 1), (5, 2)]
    assert filled(ListAccumulator, ["a", 1]).get_local_value() == ["a", 1]
