"""Functions of whole batches."""

import numpy
import pandas
import pyarrow
import pyarrow.compute as pc
import pytest

from pyflinkpp.common import Row, Types
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import MapFunction, StreamExecutionEnvironment

T = Types
SALE = T.ROW_NAMED(["user", "amount"], [T.STRING(), T.DOUBLE()])
SALES = [Row(user="a", amount=1.5), Row(user="ä", amount=2.5), Row(user="c", amount=3.0)]


def collect(records, input_type, function, output_type=None, **how):
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    stream = env.from_collection(records, input_type).map_batches(function, output_type, **how)
    return list(stream.execute_and_collect())


def test_arrays_of_arrow():
    assert collect([1, None, 3], T.LONG(), lambda a: pc.add(a, 1), T.LONG()) == [2, None, 4]


def test_record_batches_of_arrow():
    def double(batch):
        assert isinstance(batch, pyarrow.RecordBatch) and batch.schema.names == ["user", "amount"]
        return batch.set_column(1, "amount", pc.multiply(batch["amount"], 2))

    assert collect(SALES, SALE, double, SALE) == [Row(user=s.user, amount=s.amount * 2) for s in SALES]


def test_frames_of_pandas():
    def shout(frame):
        assert isinstance(frame, pandas.DataFrame)
        return frame.assign(user=frame.user.str.upper())

    expected = [Row(user=s.user.upper(), amount=s.amount) for s in SALES]
    assert collect(SALES, SALE, shout, SALE, format="pandas") == expected


def test_series_of_pandas():
    assert collect(["a", "b"], T.STRING(), lambda s: s.str.len(), T.INT(), format="pandas") == [1, 1]


def test_arrays_of_numpy():
    assert collect([1, 2], T.LONG(), numpy.sqrt, T.DOUBLE(), format="numpy") == [1.0, 2**0.5]


def test_fields_as_arrays_of_numpy():
    pairs = T.TUPLE([T.LONG(), T.LONG()])
    swapped = collect([(1, 2), (3, 4)], pairs, lambda d: {"a": d["f1"], "b": d["f0"]}, pairs, format="numpy")
    assert swapped == [(2, 1), (4, 3)]


def test_types_are_inferred_where_none_is_declared():
    assert collect([(1, "a"), (2, "b")], None, lambda batch: batch["f1"]) == ["a", "b"]


def test_values_without_layout_come_as_objects():
    mixed = [1, "a", {2}]
    names = collect(mixed, None, lambda a: [type(x).__name__ for x in a], format="numpy")
    assert names == ["int", "str", "set"]
    assert collect(mixed, None, lambda s: s.map(str).tolist(), format="pandas") == ["1", "a", "{2}"]


def test_results_become_what_is_declared():
    assert collect([1, 2], T.LONG(), lambda a: a, T.DOUBLE()) == [1.0, 2.0]
    pair = T.TUPLE([T.LONG(), T.STRING()])
    assert collect([1, 2], T.LONG(), lambda a: [(x.as_py(), "x") for x in a], pair) == [(1, "x"), (2, "x")]


def test_functions_of_batches_follow_one_another():
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(2)
    numbers = env.from_collection(list(range(10_000)), T.LONG())
    doubled = numbers.map_batches(lambda a: pc.multiply(a, 2), T.LONG())
    text = doubled.map_batches(lambda s: s.astype(str), T.STRING(), format="pandas").map(lambda t: t + "!")
    assert sorted(text.execute_and_collect()) == sorted(f"{2 * n}!" for n in range(10_000))


class Scale(MapFunction):
    def open(self, runtime_context):
        self.factor = 10

    def map(self, value):
        return value * self.factor


def test_rich_functions_are_opened():
    assert collect([1, 2], T.LONG(), Scale(), T.LONG(), format="numpy") == [10, 20]


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda a: a[:1], "gave 1 values for a batch of 2"),
        (lambda a: 5, "not 5 of type int"),
        (lambda a: ["x", "y"], "expected a value of type LONG"),
        (lambda a: 1 / 0, "division by zero"),
    ],
)
def test_wrong_results_say_what_is_wrong(function, message):
    with pytest.raises(JobExecutionError, match=message) as info:
        collect([1, 2], T.LONG(), function, T.LONG())
    assert "Map Batches" in str(info.value) and "test_map_batches.py" in str(info.value)


def test_unknown_formats_are_refused():
    with pytest.raises(ValueError, match="arrow, numpy, pandas"):
        collect([1], T.LONG(), lambda a: a, format="polars")
