"""Columns out to Arrow and in from it, side by side with pyarrow."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from native.test_columns import LEAVES, composites, optional, patient
from pyflinkpp import _native
from pyflinkpp._impl.arrow import type_of_descriptor
from pyflinkpp.common import Instant, Row, RowKind, Types
from pyflinkpp.common.errors import PyFlinkppError


def column(values: list[Any], type_info: Any) -> Any:
    return _native.Column.of(values, type_info._descriptor())


def back(array: Any) -> list[Any]:
    values: list[Any] = _native.Column.from_arrow(array).to_list()
    return values


#: Arrow has no unbounded integers, and decimals only with so many digits.
ARROW_LEAVES = {kind: values for kind, values in LEAVES.items() if kind != Types.BIG_INT()} | {
    Types.BIG_DEC(): st.integers(-(10**37), 10**37).map(lambda n: Decimal(f"{n}E-18")),
    Types.INSTANT(): st.builds(Instant, st.integers(-(9 * 10**9), 9 * 10**9), st.integers(0, 10**9 - 1)),
}
typed = st.recursive(
    st.sampled_from([(kind, values) for kind, values in ARROW_LEAVES.items()]), composites, max_leaves=5
)


def inserts(value: Any) -> bool:
    """Whether there is no row of another kind in the value."""
    if isinstance(value, Row):
        return value.get_row_kind() is RowKind.INSERT and all(map(inserts, value))
    if isinstance(value, dict):
        return all(map(inserts, value.values()))
    return all(map(inserts, value)) if isinstance(value, list | tuple) else True


def same_type(value: Any) -> Any:
    """The value with rows for tuples: Arrow knows structs only."""
    if isinstance(value, tuple):
        row = Row(*(same_type(item) for item in value))
        row.set_field_names([f"f{i}" for i in range(len(value))])
        return row
    if isinstance(value, Row):
        row = Row(*(same_type(item) for item in value))
        row.set_field_names(list(value._fields))
        return row
    if isinstance(value, list):
        return [same_type(item) for item in value]
    if isinstance(value, dict):
        return {key: same_type(item) for key, item in value.items()}
    return value


@given(st.data())
@patient
def test_values_of_every_type_come_back_identical_through_pyarrow(data: st.DataObject) -> None:
    type_info, strategy = data.draw(typed)
    values = data.draw(st.lists(optional(strategy).filter(inserts), max_size=20))
    array = pa.array(column(values, type_info))
    array.validate(full=True)
    assert len(array) == len(values)
    begin = data.draw(st.integers(0, len(values)))
    end = data.draw(st.integers(begin, len(values)))
    expected = repr([same_type(v) for v in values[begin:end]])
    assert repr(back(array[begin:end])) == expected.replace(", fold=1", "")


def test_pyarrow_sees_the_same_values() -> None:
    row = Types.ROW_NAMED(["b", "l"], [Types.BOOLEAN(), Types.LIST(Types.SQL_DATE())])
    day = datetime.date(1969, 2, 28)
    rows = [Row(b=True, l=[day, None]), Row(b=None, l=None), None]
    assert pa.array(column(rows, row)).to_pylist() == [
        {"b": True, "l": [day, None]},
        {"b": None, "l": None},
        None,
    ]
    assert pa.array(column([{"x": 1}], Types.MAP(Types.STRING(), Types.LONG()))).to_pylist() == [[("x", 1)]]
    assert pa.array(column([Decimal("1E+3")], Types.BIG_DEC())).to_pylist() == [Decimal(1000)]


MOMENT = datetime.datetime(1969, 1, 2, 3, 4, 5, 678901)


@pytest.mark.parametrize(
    ("array", "values", "type_info"),
    [
        (pa.array([1, None], pa.uint8()), [1, None], Types.SHORT()),
        (pa.array([65535], pa.uint16()), [65535], Types.INT()),
        (pa.array([2**32 - 1], pa.uint32()), [2**32 - 1], Types.LONG()),
        (pa.array([2**63 - 1], pa.uint64()), [2**63 - 1], Types.LONG()),
        (
            pa.array([1.5, -0.25, 65504.0, 6e-8], pa.float16()),
            [1.5, -0.25, 65504.0, 5.960464477539063e-08],
            Types.FLOAT(),
        ),
        (pa.array(["x", None, "ä" * 20], pa.large_string()), ["x", None, "ä" * 20], Types.STRING()),
        (pa.array(["x", None, "ä" * 20], pa.string_view()), ["x", None, "ä" * 20], Types.STRING()),
        (pa.array([b"x" * 13, b""], pa.binary_view()), [b"x" * 13, b""], Types.PRIMITIVE_ARRAY(Types.BYTE())),
        (pa.array([b"\0" * 9], pa.large_binary()), [b"\0" * 9], Types.PRIMITIVE_ARRAY(Types.BYTE())),
        (pa.array([b"ab", None], pa.binary(2)), [b"ab", None], Types.PRIMITIVE_ARRAY(Types.BYTE())),
        (pa.array(["x", "y", None, "x"]).dictionary_encode(), ["x", "y", None, "x"], Types.STRING()),
        (pa.array([Decimal("-0.05"), None], pa.decimal128(4, 2)), [Decimal("-0.05"), None], Types.BIG_DEC()),
        (pa.array([Decimal("7")], pa.decimal64(9, 0)), [Decimal("7")], Types.BIG_DEC()),
        (pa.array([MOMENT], pa.timestamp("us")), [MOMENT], Types.SQL_TIMESTAMP()),
        (pa.array([MOMENT], pa.timestamp("ns")), [MOMENT], Types.SQL_TIMESTAMP()),
        (pa.array([MOMENT.replace(microsecond=0)], pa.timestamp("s")), [MOMENT.replace(microsecond=0)], None),
        (pa.array([-1], pa.timestamp("ms", "Europe/Berlin")), [Instant(-1, 999000000)], Types.INSTANT()),
        (pa.array([datetime.time(1, 2, 3)], pa.time32("s")), [datetime.time(1, 2, 3)], Types.SQL_TIME()),
        (pa.array([datetime.date(1969, 1, 1)], pa.date64()), [datetime.date(1969, 1, 1)], Types.SQL_DATE()),
        (
            pa.array([[1], None, [2, 3]], pa.large_list(pa.int8())),
            [[1], None, [2, 3]],
            Types.LIST(Types.BYTE()),
        ),
        (pa.array([[1, 2], [3, 4]], pa.list_(pa.int64(), 2)), [[1, 2], [3, 4]], Types.LIST(Types.LONG())),
        (pa.nulls(2), [None, None], Types.STRING()),
    ],
)
def test_types_that_only_arrow_has(array: Any, values: list[Any], type_info: Any) -> None:
    assert back(array) == values
    padded = pa.concat_arrays([array, array, array])[len(array) : 2 * len(array)]
    assert back(padded) == values
    if type_info is not None:
        assert type_of_descriptor(_native.Column.from_arrow(array).type) == type_info


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (pa.array([2**63], pa.uint64()), "9223372036854775808 does not fit LONG"),
        (pa.array([1], pa.timestamp("ns")), "the count 1 of an Arrow time unit does not fit TIMESTAMP"),
        (pa.array([1], pa.duration("s")), "the Arrow type 'tDs', which cannot be read"),
        (pa.array([1, 1]).dictionary_encode(), "a dictionary of something else than text"),
    ],
)
def test_what_cannot_be_read_is_told(array: Any, message: str) -> None:
    with pytest.raises(PyFlinkppError, match=message):
        back(array)


@pytest.mark.parametrize(
    ("values", "type_info", "message"),
    [
        ([2**70], Types.BIG_INT(), "BIG_INT cannot be carried by Arrow"),
        ([Decimal("NaN")], Types.BIG_DEC(), "the decimal NaN does not fit 38 digits"),
        ([Decimal("1E-19")], Types.BIG_DEC(), "the decimal 1E-19 does not fit"),
        ([Instant(2**40, 0)], Types.INSTANT(), "does not fit Arrow's 64 bits"),
        (
            [Row.of_kind(RowKind.DELETE, x=1)],
            Types.ROW_NAMED(["x"], [Types.LONG()]),
            "a kind other than INSERT",
        ),
    ],
)
def test_what_cannot_be_carried_is_told(values: list[Any], type_info: Any, message: str) -> None:
    with pytest.raises(PyFlinkppError, match=message):
        pa.array(column(values, type_info))


def test_a_capsule_can_be_used_once() -> None:
    class Once:
        capsules = column([1], Types.LONG()).__arrow_c_array__()

        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            return self.capsules

    data = Once()
    assert back(data) == [1]
    with pytest.raises(TypeError, match="taken out of its capsule already"):
        back(data)


def test_numbers_share_their_memory() -> None:
    array = pa.array(range(1000), pa.int64())
    borrowed = pa.array(_native.Column.from_arrow(array[10:20]))
    assert borrowed.buffers()[1].address == array.buffers()[1].address + 80
    text = pa.array(["a" * 100, "b" * 100])
    assert pa.array(_native.Column.from_arrow(text[1:])).buffers()[2].address == text.buffers()[2].address
