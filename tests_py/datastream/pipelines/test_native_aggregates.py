"""Rolling aggregates give the same whether they run on columns or through Python."""

import operator
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyflinkpp._impl.native_aggregates import native_aggregate
from pyflinkpp.common import Row, Types
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import KeySelector, RuntimeExecutionMode, StreamExecutionEnvironment

T = Types
PAIR = T.TUPLE([T.STRING(), T.LONG(), T.LIST(T.DOUBLE())])
NAMED = T.ROW_NAMED(["user", "amount", "day"], [T.INT(), T.DOUBLE(), T.SQL_DATE()])


def environment(parallelism=1, batch=False):
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)
    if batch:
        env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    return env


def results(records, record_type, key, aggregate, position, *, parallelism=1, batch=False, key_type=None):
    stream = environment(parallelism, batch).from_collection(records, record_type)
    return list(getattr(stream.key_by(key, key_type), aggregate)(position).execute_and_collect())


class Selector(KeySelector):
    def get_key(self, value):
        return value[0]


@pytest.mark.parametrize(
    "record_type, key, position, native",
    [
        (PAIR, lambda r: r[0], 1, True),
        (PAIR, operator.itemgetter(0), 1, True),
        (PAIR, lambda r: (r[0], r[1]), 1, False),
        (PAIR, Selector(), 1, False),
        (PAIR, lambda r: r[2], 1, False),
        (PAIR, lambda r: r[0], 0, False),
        (PAIR, lambda r: r[0], 7, False),
        (PAIR, lambda r: r[0], "f1", False),
        (NAMED, lambda r: r.user, "amount", True),
        (NAMED, lambda r: r.amount, "amount", True),
        (NAMED, lambda r: r.day, "amount", False),
        (NAMED, lambda r: r.nobody, "amount", False),
        (NAMED, lambda r: r["user"], "nothing", False),
        (T.LONG(), lambda n: n, 0, True),
        (T.LONG(), lambda n: n % 2, 0, False),
        (T.STRING(), lambda s: s, 0, False),
        (T.BIG_INT(), lambda n: n, 0, False),
        (T.PICKLED_BYTE_ARRAY(), lambda r: r[0], 1, False),
        (T.TUPLE([T.STRING(), T.LONG(), T.PICKLED_BYTE_ARRAY()]), lambda r: r[0], 1, False),
    ],
)
def test_what_runs_on_columns(record_type, key, position, native):
    selection = environment().from_collection([], record_type).key_by(key)._selection
    assert (native_aggregate("sum", position, record_type, selection) is not None) == native


AGGREGATES = ["sum", "min", "max", "min_by", "max_by"]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "ä", ""]),
            st.integers(-3, 3) | st.just(2**55) | st.just(-(2**55)),
            st.none() | st.lists(st.floats(allow_nan=False), max_size=2),
        ),
        max_size=20,
    ),
    st.sampled_from(AGGREGATES),
    st.booleans(),
)
def test_columns_and_python_agree(records, aggregate, batch):
    called = results(records, PAIR, lambda record: record[0] + "", aggregate, 1, batch=batch)
    native = results(records, PAIR, lambda record: record[0], aggregate, 1, batch=batch)
    typed = results(
        records, PAIR, lambda record: record[0] + "", aggregate, 1, batch=batch, key_type=T.STRING()
    )
    if batch:  # no order between keys
        called, native, typed = (sorted(each, key=repr) for each in (called, native, typed))
    assert native == called and typed == called


@pytest.mark.parametrize("key", [lambda r: r.user, lambda r: r["user"], lambda r: r[0], lambda r: r[-3]])
@pytest.mark.parametrize("position", ["amount", 1])
def test_fields_of_rows_by_name_and_index(key, position):
    import datetime

    day = datetime.date(2024, 2, 29)
    rows = [
        Row(user=1, amount=1.5, day=day),
        Row(user=2, amount=1.0, day=None),
        Row(user=1, amount=2.0, day=None),
    ]
    assert results(rows, NAMED, key, "sum", position) == [
        Row(user=1, amount=1.5, day=day),
        Row(user=2, amount=1.0, day=None),
        Row(user=1, amount=3.5, day=day),
    ]


def test_the_record_itself():
    assert results([3, 1, 3], T.LONG(), lambda x: x, "sum", 0) == [3, 1, 6]


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_every_key_stays_in_one_subtask(aggregate):
    records = [(f"k{i % 13}", i, [1.0]) for i in range(500)]
    one = results(records, PAIR, lambda r: r[0], aggregate, 1, batch=True)
    three = results(records, PAIR, lambda r: r[0], aggregate, 1, batch=True, parallelism=3)
    assert sorted(one) == sorted(three) and len(one) == 13


def test_between_called_functions():
    env = environment(2)
    stream = env.from_collection(list(range(100)), T.LONG()).map(
        lambda n: (f"k{n % 3}", n, None), T.TUPLE([T.STRING(), T.LONG(), T.BIG_DEC()])
    )
    totals = stream.key_by(lambda r: r[0]).sum(1).map(lambda r: (r[0], r[1], r[2]))
    final = {}
    for key, total, nothing in totals.execute_and_collect():
        assert nothing is None
        final[key] = max(total, final.get(key, 0))
    assert final == {f"k{k}": sum(range(k, 100, 3)) for k in range(3)}


@pytest.mark.parametrize("name, bits", [("BYTE", 8), ("INT", 32), ("LONG", 64)])
@pytest.mark.parametrize("key", [lambda r: r[0], lambda r: str(r[0])])
@pytest.mark.parametrize("batch", [False, True])
def test_sums_that_their_type_does_not_hold_are_refused(name, bits, key, batch):
    top = 2 ** (bits - 1) - 1
    record_type = T.TUPLE([T.STRING(), getattr(T, name)()])
    assert results([("a", top), ("a", -1)], record_type, key, "sum", 1)[-1] == ("a", top - 1)
    for record in [("a", top), ("a", -top)]:
        with pytest.raises(JobExecutionError) as failed:
            results([record, record], record_type, key, "sum", 1, batch=batch)
        assert isinstance(failed.value.__cause__, OverflowError)
        for part in ("'sum", "(1/1)", "OverflowError", f"does not fit {name}", "test_native_aggregates.py"):
            assert part in str(failed.value)
        assert str(failed.value).count("failed") == 1 and f"record: {record}" in str(failed.value)


def test_a_none_among_numbers_is_refused_naming_the_operator():
    with pytest.raises(JobExecutionError, match=r"field 1.*None") as failed:
        results([("a", 1), ("a", None)], T.TUPLE([T.STRING(), T.LONG()]), lambda r: r[0], "sum", 1)
    assert re.fullmatch(
        r"'sum' \(1/1\) of job '.*' failed: ValueError: .*\n"
        r"  declared at \S*test_native_aggregates.py:\d+\n  record: \('a', None\)",
        str(failed.value),
    )


def test_a_key_that_is_not_of_its_type_is_refused():
    with pytest.raises(JobExecutionError, match="expected a value of type LONG"):
        results([("a", 1)], T.TUPLE([T.STRING(), T.LONG()]), lambda r: r[0] * 1, "sum", 1, key_type=T.LONG())
