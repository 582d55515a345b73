"""Values against declared types."""

import datetime
import decimal

import pytest

from pyflinkpp import _native
from pyflinkpp.common import Instant, Row, RowKind, Types

try:
    import numpy
except ImportError:
    numpy = None

T = Types


def coerce(value, type_info):
    return _native.coerce(value, type_info._descriptor())


def same(a, b):
    return type(a) is type(b) and (a == b or a != a)


UNCHANGED = [
    (T.STRING(), ["", "ä😀", "\0"]),
    (T.BYTE(), [0, -128, 127]),
    (T.SHORT(), [-(2**15), 2**15 - 1]),
    (T.INT(), [0, -(2**31), 2**31 - 1]),
    (T.LONG(), [-(2**63), 2**63 - 1]),
    (T.DOUBLE(), [0.0, -0.0, 0.1, 1e308, float("inf"), float("nan")]),
    (T.FLOAT(), [0.0, 0.5, float("-inf"), float("nan")]),
    (T.BOOLEAN(), [True, False]),
    (T.CHAR(), ["a", "😀"]),
    (T.BIG_INT(), [0, 2**200, -(2**200)]),
    (T.BIG_DEC(), [decimal.Decimal("1.500"), decimal.Decimal("-1E+30")]),
    (T.INSTANT(), [Instant.of_epoch_milli(5)]),
    (T.SQL_DATE(), [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]),
    (T.SQL_TIME(), [datetime.time(23, 59, 59, 999999)]),
    (T.SQL_TIMESTAMP(), [datetime.datetime(2024, 2, 29, 1, 2, 3, 4)]),
    (T.PRIMITIVE_ARRAY(T.BYTE()), [b"", b"\x00\xff"]),
    (T.PRIMITIVE_ARRAY(T.INT()), [[], [1, 2]]),
    (T.BASIC_ARRAY(T.STRING()), [["a", None]]),
    (T.OBJECT_ARRAY(T.TUPLE([T.INT()])), [[(1,), None]]),
    (T.LIST(T.INT()), [[1, None]]),
    (T.MAP(T.STRING(), T.INT()), [{}, {"a": 1, "b": None}]),
    (T.TUPLE([T.INT(), T.STRING()]), [(1, "a"), (None, None)]),
    (T.PICKLED_BYTE_ARRAY(), [1, "a", [1, (2,)], {1: 2}]),
]


@pytest.mark.parametrize("type_info, values", UNCHANGED, ids=lambda x: str(x)[:30])
def test_right_values_pass_unchanged(type_info, values):
    for value in values:
        assert same(coerce(value, type_info), value)


@pytest.mark.parametrize("type_info", [t for t, _ in UNCHANGED] + [T.ROW([T.INT()])], ids=str)
def test_none_passes_everywhere(type_info):
    assert coerce(None, type_info) is None


class Index:
    def __index__(self):
        return 9


CONVERSIONS = [
    (T.TUPLE([T.INT(), T.DOUBLE()]), [1, 2], (1, 2.0)),
    (T.TUPLE([T.INT(), T.DOUBLE()]), Row(1, 2), (1, 2.0)),
    (T.TUPLE([T.TUPLE([T.INT()])]), [[1]], ((1,),)),
    (T.DOUBLE(), 3, 3.0),
    (T.FLOAT(), 0.1, 0.10000000149011612),
    (T.FLOAT(), 1 / 3, 0.3333333432674408),
    (T.FLOAT(), 1e300, float("inf")),
    (T.INT(), Index(), 9),
    (T.INT(), True, 1),
    (T.BOOLEAN(), 1, True),
    (T.BOOLEAN(), 0, False),
    (T.LIST(T.DOUBLE()), (1, 2), [1.0, 2.0]),
    (T.LIST(T.LIST(T.DOUBLE())), [(1,), [2]], [[1.0], [2.0]]),
    (T.MAP(T.STRING(), T.TUPLE([T.DOUBLE()])), {"a": [1]}, {"a": (1.0,)}),
    (T.PRIMITIVE_ARRAY(T.BYTE()), bytearray(b"ab"), b"ab"),
    (T.PRIMITIVE_ARRAY(T.BYTE()), memoryview(b"ab"), b"ab"),
]


@pytest.mark.parametrize("type_info, value, expected", CONVERSIONS)
def test_conversions(type_info, value, expected):
    assert same(coerce(value, type_info), expected)


@pytest.mark.skipif(numpy is None, reason="numpy is not installed")
def test_numpy_scalars():
    assert same(coerce(numpy.int64(5), T.INT()), 5)
    assert same(coerce(numpy.uint8(5), T.DOUBLE()), 5.0)
    assert same(coerce(numpy.float64(0.5), T.DOUBLE()), 0.5)
    assert same(coerce(numpy.float32(0.1), T.FLOAT()), 0.10000000149011612)
    assert same(coerce(numpy.bool_(True), T.BOOLEAN()), True)
    assert same(coerce(numpy.array([1, 2]), T.LIST(T.LONG())), [1, 2])


@pytest.mark.parametrize(
    "type_info, value, name",
    [
        (T.BYTE(), 128, "BYTE"),
        (T.BYTE(), -129, "BYTE"),
        (T.SHORT(), 2**15, "SHORT"),
        (T.INT(), 2**31, "INT"),
        (T.INT(), -(2**31) - 1, "INT"),
        (T.LONG(), 2**63, "LONG"),
        (T.LONG(), -(2**63) - 1, "LONG"),
        (T.LONG(), 10**100, "LONG"),
    ],
)
def test_overflow_names_value_and_type(type_info, value, name):
    with pytest.raises(OverflowError) as info:
        coerce(value, type_info)
    assert str(value)[:50] in str(info.value) and name in str(info.value)


@pytest.mark.parametrize(
    "type_info, value, name",
    [
        (T.STRING(), 1, "STRING"),
        (T.STRING(), b"a", "STRING"),
        (T.INT(), "1", "INT"),
        (T.INT(), 1.0, "INT"),
        (T.LONG(), decimal.Decimal(1), "LONG"),
        (T.DOUBLE(), "1.0", "DOUBLE"),
        (T.FLOAT(), [], "FLOAT"),
        (T.BOOLEAN(), "true", "BOOLEAN"),
        (T.BIG_INT(), 1.0, "BIG_INT"),
        (T.BIG_DEC(), 1.0, "BIG_DEC"),
        (T.INSTANT(), 1, "INSTANT"),
        (T.SQL_DATE(), "2024-01-01", "SQL_DATE"),
        (T.SQL_TIME(), 1, "SQL_TIME"),
        (T.SQL_TIMESTAMP(), datetime.date(2024, 1, 1), "SQL_TIMESTAMP"),
        (T.PRIMITIVE_ARRAY(T.BYTE()), "ab", "BYTE"),
        (T.LIST(T.INT()), 5, "LIST"),
        (T.LIST(T.STRING()), "abc", "LIST"),
        (T.MAP(T.INT(), T.INT()), [1], "MAP"),
        (T.TUPLE([T.INT()]), 5, "TUPLE"),
        (T.TUPLE([T.STRING()]), "a", "TUPLE"),
        (T.LIST(T.MAP(T.STRING(), T.TUPLE([T.INT()]))), [{"a": ("x",)}], "INT"),
        (T.ROW([T.INT()]), Row("x"), "INT"),
        (T.ROW([T.INT()]), 5, "row"),
    ],
)
def test_wrong_type_names_value_and_type(type_info, value, name):
    with pytest.raises(TypeError) as info:
        coerce(value, type_info)
    inner = "x" if "x" in repr(value) else repr(value)
    assert name in str(info.value) and inner in str(info.value)


def test_double_overflow():
    with pytest.raises(OverflowError):
        coerce(10**400, T.DOUBLE())


@pytest.mark.parametrize("value", [(1,), [1, 2, 3], ()])
def test_tuples_of_the_wrong_size(value):
    with pytest.raises(ValueError, match="2 fields"):
        coerce(value, T.TUPLE([T.INT(), T.INT()]))


def test_long_values_are_shortened_in_messages():
    with pytest.raises(TypeError) as info:
        coerce("x" * 10_000, T.INT())
    assert len(str(info.value)) < 400


NAMED = T.ROW_NAMED(["a", "b"], [T.INT(), T.LIST(T.DOUBLE())])


class Fields:
    def __init__(self, a, b):
        self.a, self.b = a, b


@pytest.mark.parametrize(
    "value",
    [
        Row(1, [2]),
        (1, (2,)),
        [1, [2]],
        {"a": 1, "b": [2]},
        {"b": [2], "a": 1},
        Row(b=[2], a=1),
        Fields(1, [2]),
    ],
)
def test_rows_from_anything_with_fields(value):
    row = coerce(value, NAMED)
    assert row == Row(a=1, b=[2.0]) and type(row.b[0]) is float


def test_rows_keep_their_kind():
    assert coerce(Row.of_kind(RowKind.DELETE, 1, []), NAMED).get_row_kind() is RowKind.DELETE


def test_missing_names_are_none():
    assert coerce({"a": 1}, NAMED) == Row(a=1, b=None)


def test_nested_rows():
    outer = T.ROW_NAMED(["r", "m"], [NAMED, T.MAP(T.STRING(), NAMED)])
    row = coerce(((1, [1]), {"k": (2, None)}), outer)
    assert row.r == Row(a=1, b=[1.0]) and row.m == {"k": Row(a=2, b=None)}


def test_coercion_leaves_the_original_alone():
    value = [[1, 2]]
    assert coerce(value, T.LIST(T.LIST(T.DOUBLE()))) == [[1.0, 2.0]]
    assert type(value[0][0]) is int


def test_repeated_coercion_keeps_reference_counts():
    import sys

    value, field = object(), "text-of-its-own" * 2
    pair = (field, 1)
    before = sys.getrefcount(field), sys.getrefcount(pair)
    for _ in range(100):
        coerce(pair, T.TUPLE([T.STRING(), T.INT()]))
        coerce(pair, T.TUPLE([T.STRING(), T.DOUBLE()]))
        coerce([field], T.LIST(T.STRING()))
        coerce({field: field}, T.MAP(T.STRING(), T.STRING()))
        coerce(pair, T.ROW([T.STRING(), T.INT()]))
        for wrong in (
            T.INT(),
            T.LIST(T.INT()),
            T.TUPLE([T.INT(), T.INT()]),
            T.TUPLE([T.INT()]),
            T.MAP(T.INT(), T.INT()),
        ):
            with pytest.raises((TypeError, ValueError)):
                coerce(pair, wrong)
        with pytest.raises(TypeError):
            coerce(field, T.INT())
        with pytest.raises(TypeError):
            coerce(value, T.BOOLEAN())
    after = sys.getrefcount(field), sys.getrefcount(pair)
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 10
