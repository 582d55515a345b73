"""Python values laid out as typed columns, and back."""

import datetime
import decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyflinkpp import _native
from pyflinkpp.common import Instant, Row, RowKind, Types

T = Types

#: Drawing nested values takes a while on a busy machine, and is not what is tested.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

#: For each type its values; a row type's rows carry its names, as those of a stream do.
LEAVES = {
    T.BOOLEAN(): st.booleans(),
    T.BYTE(): st.integers(-(2**7), 2**7 - 1),
    T.SHORT(): st.integers(-(2**15), 2**15 - 1),
    T.INT(): st.integers(-(2**31), 2**31 - 1),
    T.LONG(): st.integers(-(2**63), 2**63 - 1),
    T.DOUBLE(): st.floats(),
    T.STRING(): st.text(),
    T.CHAR(): st.text(min_size=1, max_size=1),
    T.PRIMITIVE_ARRAY(T.BYTE()): st.binary(),
    T.BIG_INT(): st.integers(),
    T.BIG_DEC(): st.decimals(allow_nan=False),
    T.INSTANT(): st.builds(Instant, st.integers(-(2**40), 2**40), st.integers(0, 10**9 - 1)),
    T.SQL_DATE(): st.dates(),
    T.SQL_TIME(): st.times(),
    T.SQL_TIMESTAMP(): st.datetimes(),
}


def named_row(type_info, values, kind):
    row = Row(*values)
    row.set_field_names(type_info.get_field_names())
    row.set_row_kind(kind)
    return row


def composites(typed):
    """From a strategy of (type, strategy of its values), one of types made of such types."""

    def tuples(fields):
        types, values = zip(*fields, strict=True)
        return T.TUPLE(list(types)), st.tuples(*map(optional, values))

    def rows(fields, kinds):
        types, values = zip(*fields, strict=True)
        row_type = T.ROW_NAMED([f"n{i}" for i in range(len(types))], list(types))
        values = st.tuples(*map(optional, values))
        return row_type, st.builds(lambda v, k: named_row(row_type, v, k), values, st.sampled_from(kinds))

    fields = st.lists(typed, min_size=1, max_size=3)
    kinds = st.sampled_from([[RowKind.INSERT], list(RowKind)])
    return st.one_of(
        fields.map(tuples),
        st.tuples(fields, kinds).map(lambda both: rows(*both)),
        typed.map(lambda t: (T.LIST(t[0]), st.lists(optional(t[1]), max_size=3))),
        typed.map(lambda t: (T.MAP(T.STRING(), t[0]), dictionaries(optional(t[1])))),
    )


def dictionaries(values):
    return st.dictionaries(st.text(), values, max_size=3)


def optional(values):
    return st.none() | values


TYPED = st.recursive(st.sampled_from(list(LEAVES.items())), composites, max_leaves=5)


def same(a, b):
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return type(b) is dict and same(list(a), list(b)) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, Row):
        return a.get_row_kind() is b.get_row_kind() and a._fields == b._fields and same(list(a), list(b))
    if isinstance(a, float | decimal.Decimal):
        return type(a) is type(b) and repr(a) == repr(b)
    return type(a) is type(b) and a == b


@patient
@given(st.data())
def test_values_of_every_type_come_back_as_they_were(data):
    type_info, values_of = data.draw(TYPED)
    values = data.draw(st.lists(optional(values_of), max_size=20))
    column = _native.Column.of(values, type_info._descriptor())
    assert len(column) == len(values)
    assert same(column.to_list(), values)
    rows = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=20) if values else st.just([]))
    assert same(column.select(rows).to_list(), [values[row] for row in rows])


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters()),
        st.binary(),
        st.decimals(),
        st.dates(),
        st.datetimes(timezones=st.none() | st.just(datetime.UTC)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.text(), inner, max_size=3),
        st.builds(lambda a: Row(a=a), inner),
        st.builds(Row, inner),
    ),
    max_leaves=6,
)


@patient
@given(st.one_of(st.lists(ANYTHING, max_size=6), ANYTHING.flatmap(lambda v: st.just([v, None, v]))))
def test_what_is_inferred_comes_back_identical(values):
    column = _native.Column.infer(values)
    if column is not None:
        assert repr(column.to_list()) == repr(values)
        assert same(column.to_list(), values)


@pytest.mark.parametrize(
    "values, kind",
    [
        ([1, None, 2**63 - 1], "LONG"),
        ([1.5], "DOUBLE"),
        (["a"], "STRING"),
        ([True, False], "BOOLEAN"),
        ([("a", 1)], "TUPLE"),
        ([Row(a=1)], "ROW"),
        ([{"a": 1}], "MAP"),
        ([[1], []], "LIST"),
    ],
)
def test_plain_values_are_inferred(values, kind):
    assert _native.Column.infer(values).type[0] == kind


class Text(str):
    pass


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None],
        [1, 2**63],
        [1, 1.0],
        [1, True],
        [("a",), ("a", 1)],
        [Text("a")],
        ["\ud800"],
        [Row(1)],
        [[]],
        [object()],
        [datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)],
        [datetime.datetime(2024, 1, 1, fold=1)],
        [datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 1)],
    ],
)
def test_values_that_stay_objects(values):
    assert _native.Column.infer(values) is None


def test_floats_are_numbers_of_single_precision():
    column = _native.Column.of([0.5, 1 / 3, None], T.FLOAT()._descriptor())
    assert column.to_list() == [0.5, 0.3333333432674408, None]


def test_a_column_hashes_its_values_as_objects_are_hashed():
    for values, type_info in [
        (["", "ä😀", None], T.STRING()),
        ([b"", b"\xff"], T.PRIMITIVE_ARRAY(T.BYTE())),
        ([0, -1, 2**62], T.LONG()),
        ([7, -7, None], T.INT()),
        ([True, False], T.BOOLEAN()),
        ([0.5, float("nan"), -0.0], T.DOUBLE()),
        ([("a", 1), (None, 2)], T.TUPLE([T.STRING(), T.LONG()])),
        ([["a"], []], T.LIST(T.STRING())),
        ([{"a": 1, "b": 2}, {}], T.MAP(T.STRING(), T.LONG())),
    ]:
        column = _native.Column.of(values, type_info._descriptor())
        assert column.hash_codes() == [_native.key_hash(value) for value in values]


@pytest.mark.parametrize(
    "value, type_info, error",
    [
        (1, T.STRING(), TypeError),
        ("a", T.LONG(), TypeError),
        (128, T.BYTE(), OverflowError),
        ((1,), T.TUPLE([T.LONG()] * 2), TypeError),
        ({"a": object()}, T.MAP(T.STRING(), T.LONG()), TypeError),
        ("\ud800", T.STRING(), UnicodeEncodeError),
        (1, T.PICKLED_BYTE_ARRAY(), TypeError),
        (decimal.Decimal(1), T.LIST(T.LONG()), TypeError),
    ],
)
def test_values_of_another_type_are_refused(value, type_info, error):
    with pytest.raises(error):
        _native.Column.of([value], type_info._descriptor())
