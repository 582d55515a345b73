import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyflinkpp._impl.shown import said, shown
from pyflinkpp.common import Row

texts = st.text(st.characters(exclude_categories=["Cs"]))
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    leaves | st.binary() | st.frozensets(st.integers()),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(texts, inner)
        | st.lists(inner).map(lambda items: Row(*items))
        | inner.map(lambda item: Row(a=item, b=1))
    ),
    max_leaves=20,
)


@given(values)
def test_what_is_short_is_shown_as_its_repr(value):
    assert shown(value, 10**6) == repr(value)


@given(values, st.integers(1, 40))
def test_what_is_long_begins_as_its_repr(value, limit):
    text = shown(value, limit)
    assert text == repr(value) or text.startswith(repr(value)[:limit] + "... (")


class Counted(str):
    reprs = 0

    def __repr__(self):
        Counted.reprs += 1
        return "counted"


def test_no_more_is_looked_at_than_is_shown():
    Counted.reprs = 0
    assert shown([Counted()] * 1000, 20) == "[counted, counted, c... (1000 elements)"
    assert Counted.reprs < 5
    assert shown(b"\0" * 10**6, 6) == r"b'\x00... (1000000 bytes)"


class Failing:
    def __repr__(self):
        raise RuntimeError


class OfNumbers:
    def __repr__(self):
        return 5


@pytest.mark.parametrize("value", [Failing(), OfNumbers(), pytest.param(10**5000, id="digits")])
def test_a_repr_that_fails(value):
    assert shown({1: value}) == f"{{1: <{type(value).__name__} whose repr fails>}}"


def test_collections_in_themselves_and_rows_that_were_never_made():
    loop = []
    loop.append(loop)
    assert "..." in shown(loop)
    assert shown(Row.__new__(Row)) == "<Row()>"


def test_lone_surrogates_are_escaped():
    shown("\ud800").encode()
    shown({"\ud800": Row(a="\udfff")}).encode()


def test_what_an_exception_says():
    class Mute(Exception):
        def __str__(self):
            raise ValueError

    assert said(KeyError("a")) == "'a'"
    assert said(Mute(1, "x")) == "<Mute(1, 'x') whose str fails with ValueError>"
