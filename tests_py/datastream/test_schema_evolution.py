"""State that was saved with one type is taken up with another where nothing is lost, else refused by name."""

from __future__ import annotations

import contextlib
import re

import pytest

from datastream.environments import environment
from pyflinkpp.common import Row, Time, Types, WatermarkStrategy
from pyflinkpp.common.errors import ConfigurationError, JobExecutionError, PyFlinkppError
from pyflinkpp.datastream import KeyedProcessFunction
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.state import (
    ListStateDescriptor,
    MapStateDescriptor,
    StateTtlConfig,
    ValueStateDescriptor,
)

BYTE, SHORT, INT, LONG, BIG = Types.BYTE(), Types.SHORT(), Types.INT(), Types.LONG(), Types.BIG_INT()
FLOAT, DOUBLE, TEXT, BOOL = Types.FLOAT(), Types.DOUBLE(), Types.STRING(), Types.BOOLEAN()
PICKLED = Types.PICKLED_BYTE_ARRAY()
REFUSED = object()


def named(**fields):
    return Types.ROW_NAMED(list(fields), list(fields.values()))


A, AB, BA = named(a=LONG), named(a=LONG, b=TEXT), named(b=TEXT, a=LONG)
INNER, WIDER_INNER = named(x=INT), named(x=LONG, y=TEXT)

#: What was saved, as which type; the type that is declared now, and what it finds.
CASES = {
    "same": (LONG, 5, LONG, 5),
    "byte to short": (BYTE, 5, SHORT, 5),
    "short to int": (SHORT, 5, INT, 5),
    "int to long": (INT, -5, LONG, -5),
    "byte to long": (BYTE, 5, LONG, 5),
    "long to big": (LONG, 2**62, BIG, 2**62),
    "float to double": (FLOAT, 0.5, DOUBLE, 0.5),
    "long to int": (LONG, 5, INT, REFUSED),
    "int to short": (INT, 5, SHORT, REFUSED),
    "double to float": (DOUBLE, 0.5, FLOAT, REFUSED),
    "int to double": (INT, 5, DOUBLE, REFUSED),
    "int to text": (INT, 5, TEXT, REFUSED),
    "bool to int": (BOOL, True, INT, REFUSED),
    "text to bytes": (TEXT, "x", Types.PRIMITIVE_ARRAY(BYTE), REFUSED),
    "pickled to long": (PICKLED, 5, LONG, REFUSED),
    "long to pickled": (LONG, 5, PICKLED, REFUSED),
    "pickled to row": (PICKLED, Row(a=1, b="x"), AB, REFUSED),
    "field added": (A, Row(a=1), AB, Row(a=1, b=None)),
    "field added in front": (A, Row(a=1), BA, Row(b=None, a=1)),
    "field removed": (AB, Row(a=1, b="x"), A, Row(a=1)),
    "first field removed": (BA, Row(b="x", a=1), A, Row(a=1)),
    "fields in another order": (AB, Row(a=1, b="x"), BA, Row(b="x", a=1)),
    "added, removed, reordered": (AB, Row(a=1, b="x"), named(c=BOOL, a=LONG), Row(c=None, a=1)),
    "row without names in it": (AB, Row(1, "x"), BA, Row("x", 1)),
    "field widened": (named(a=INT, b=FLOAT), Row(a=1, b=0.5), named(b=DOUBLE, a=LONG), Row(b=0.5, a=1)),
    "missing field": (AB, Row(a=None, b="x"), BA, Row(b="x", a=None)),
    "field narrowed": (A, Row(a=1), named(a=INT), REFUSED),
    "field of another type": (AB, Row(a=1, b="x"), named(a=LONG, b=LONG), REFUSED),
    "field renamed": (AB, Row(a=1, b="x"), named(a=LONG, c=TEXT), REFUSED),
    "field renamed and widened": (named(a=INT), Row(a=1), named(c=LONG), REFUSED),
    "names given": (Types.ROW([LONG, TEXT]), Row(1, "x"), AB, REFUSED),
    "names taken": (AB, Row(a=1, b="x"), Types.ROW([LONG, TEXT]), REFUSED),
    "row to tuple": (Types.ROW([LONG]), Row(1), Types.TUPLE([LONG]), REFUSED),
    "last of a row": (Types.ROW([LONG]), Row(1), Types.ROW([LONG, TEXT]), Row(1, None)),
    "row without its last": (Types.ROW([LONG, TEXT]), Row(1, "x"), Types.ROW([LONG]), Row(1)),
    "last of a tuple": (Types.TUPLE([LONG]), (1,), Types.TUPLE([LONG, TEXT]), (1, None)),
    "tuple without its last": (Types.TUPLE([LONG, TEXT]), (1, "x"), Types.TUPLE([LONG]), (1,)),
    "tuple widened": (Types.TUPLE([INT, FLOAT]), (1, 0.5), Types.TUPLE([LONG, DOUBLE]), (1, 0.5)),
    "tuple reordered": (Types.TUPLE([LONG, TEXT]), (1, "x"), Types.TUPLE([TEXT, LONG]), REFUSED),
    "nested": (named(r=INNER), Row(r=Row(x=1)), named(r=WIDER_INNER), Row(r=Row(x=1, y=None))),
    "nested missing": (named(r=INNER), Row(r=None), named(r=WIDER_INNER), Row(r=None)),
    "nested refused": (named(r=INNER), Row(r=Row(x=1)), named(r=named(x=TEXT)), REFUSED),
    "in a tuple": (Types.TUPLE([INNER]), (Row(x=1),), Types.TUPLE([WIDER_INNER]), (Row(x=1, y=None),)),
    "in a list": (Types.LIST(INNER), [Row(x=1)], Types.LIST(WIDER_INNER), [Row(x=1, y=None)]),
    "list widened": (Types.LIST(INT), [1, 2], Types.LIST(LONG), [1, 2]),
    "list narrowed": (Types.LIST(LONG), [1, 2], Types.LIST(INT), REFUSED),
    "in a map": (
        Types.MAP(TEXT, INNER),
        {"k": Row(x=1)},
        Types.MAP(TEXT, WIDER_INNER),
        {"k": Row(x=1, y=None)},
    ),
    "key of a map": (Types.MAP(INT, LONG), {1: 2}, Types.MAP(LONG, LONG), REFUSED),
}
#: The same in list and map states.
KINDS = ("field added", "field removed", "fields in another order", "int to long", "field renamed", "nested")


def cases():
    for name in CASES:
        yield name, "value"
    for name in KINDS:
        yield name, "list"
        yield name, "map"


def descriptor_of(kind, name, type_info):
    if kind == "list":
        return ListStateDescriptor(name, type_info)
    return (
        MapStateDescriptor(name, TEXT, type_info) if kind == "map" else ValueStateDescriptor(name, type_info)
    )


class Remembers(KeyedProcessFunction):
    """Writes all cases, or reads one of them."""

    def __init__(self, read=None, ttl=False):
        self.read = read
        self.ttl = ttl

    def state(self, context, name, kind, type_info):
        descriptor = descriptor_of(kind, f"{name} in a {kind}", type_info)
        if self.ttl:
            descriptor.enable_time_to_live(StateTtlConfig.new_builder(Time.hours(1)).build())
        get = {"value": context.get_state, "list": context.get_list_state, "map": context.get_map_state}
        return get[kind](descriptor)

    def open(self, runtime_context):
        wanted = cases() if self.read is None else [self.read]
        at = 0 if self.read is None else 2
        self.states = [
            (name, kind, self.state(runtime_context, name, kind, CASES[name][at])) for name, kind in wanted
        ]

    def process_element(self, value, ctx):
        for name, kind, state in self.states:
            if self.read is not None:
                found = {"value": lambda s: s.value(), "list": list, "map": lambda s: dict(s.items())}[kind]
                yield found(state)
            elif kind == "value":
                state.update(CASES[name][1])
            elif kind == "list":
                state.update([CASES[name][1]] * 2)
            else:
                state.put("k", CASES[name][1])
        if self.read is None:
            yield value


def remembered(backend, savepoint=None, read=None, ttl=False):
    env = environment(1, savepoint=savepoint, backend=backend, batch_size=8)
    numbers = env.from_source(
        NumberSequenceSource(0, 10**12), WatermarkStrategy.no_watermarks(), "numbers", LONG
    ).uid("numbers")
    keyed = numbers.key_by(lambda n: n % 2, LONG)
    return keyed.process(Remembers(read, ttl), PICKLED).uid("remembers").execute_and_collect()


@pytest.fixture(scope="module", params=["hashmap", "rocksdb"])
def saved(request, tmp_path_factory):
    with remembered(request.param) as results:
        for _ in range(10):
            next(results)
        stopping = results.get_job_client().stop_with_savepoint(False, str(tmp_path_factory.mktemp("saved")))
        list(results)
        return request.param, stopping.result(60)


@pytest.mark.parametrize(("name", "kind"), list(cases()))
def test_what_is_found_under_another_type(name, kind, saved):
    backend, savepoint = saved
    was, _, now, wanted = CASES[name]
    with remembered(backend, savepoint, (name, kind)) as results:
        if wanted is REFUSED:
            with pytest.raises(JobExecutionError, match="was saved as") as refused:
                next(results)
            for type_info in (was, now):
                assert re.search(str(type_info._descriptor()[0]), str(refused.value))
            return
        found = next(results)
    assert found == {"value": wanted, "list": [wanted] * 2, "map": {"k": wanted}}[kind]
    row = found[0] if kind == "list" else found["k"] if kind == "map" else found
    if isinstance(wanted, Row) and hasattr(wanted, "_fields"):
        assert row._fields == wanted._fields


@pytest.mark.parametrize("kind", ["value", "list", "map"])
def test_a_time_to_live_may_come_with_another_type(kind, saved):
    backend, savepoint = saved
    with remembered(backend, savepoint, ("field added", kind), ttl=True) as results:
        wanted = CASES["field added"][3]
        assert next(results) == {"value": wanted, "list": [wanted] * 2, "map": {"k": wanted}}[kind]


#: The type of the keys that were saved, how they are made of numbers, the type that is declared now, and
#: whether their state is still found.
KEYS = {
    "same": (LONG, lambda n: n, LONG, True),
    "widened": (INT, lambda n: n, LONG, True),
    "declared now": (None, lambda n: n, LONG, True),
    "declared no longer": (TEXT, str, None, True),
    "a tuple is declared now": (None, lambda n: (n, "x"), Types.TUPLE([LONG, TEXT]), True),
    "another": (LONG, lambda n: n, TEXT, False),
    "narrowed": (LONG, lambda n: n, INT, False),
    "more precise": (FLOAT, lambda n: n + 0.1, DOUBLE, False),
    "others were saved": (None, str, LONG, False),
    "fields in another order": (
        Types.TUPLE([LONG, TEXT]),
        lambda n: (n, "x"),
        Types.TUPLE([TEXT, LONG]),
        False,
    ),
}


class Counts(KeyedProcessFunction):
    def open(self, runtime_context):
        self.count = runtime_context.get_state(ValueStateDescriptor("count", LONG))

    def process_element(self, value, ctx):
        self.count.update((self.count.value() or 0) + 1)
        yield self.count.value()


def counted(kind, savepoint, selector, key_type):
    env = environment(1, savepoint=savepoint, batch_size=1)
    source = NumberSequenceSource(0, 10**12)
    numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", LONG).uid("numbers")
    if kind == "process":
        keyed = numbers.key_by(lambda n: selector(n % 2), key_type)
        return keyed.process(Counts(), LONG).uid("counts").execute_and_collect()
    pairs = numbers.map(lambda n: (n % 2, 1), Types.TUPLE([LONG, LONG])).uid("pairs")
    keyed = pairs.key_by(lambda pair: selector(pair[0]), key_type)
    if kind == "reduce":
        counts = keyed.reduce(lambda a, b: (a[0], a[1] + b[1]))
    else:
        counts = keyed.sum(1)
    return counts.uid("counts").map(lambda pair: pair[1], LONG).uid("number").execute_and_collect()


def suspended(results, folder, rows=10):
    seen = [next(results) for _ in range(rows)]
    stopping = results.get_job_client().stop_with_savepoint(False, str(folder))
    seen += results
    return seen, stopping.result(60)


@pytest.mark.parametrize("kind", ["process", "reduce"])
@pytest.mark.parametrize("name", KEYS)
def test_keys_of_another_type_are_refused_unless_they_are_found_by_it(name, kind, tmp_path):
    was, selector, now, found = KEYS[name]
    with counted(kind, None, selector, was) as results:
        seen, savepoint = suspended(results, tmp_path)
    if found:
        with counted(kind, savepoint, selector, now) as results:
            assert next(results) >= len(seen) // 2
        return
    types = ".*".join((key_type or PICKLED)._descriptor()[0] for key_type in (was, now))
    with pytest.raises(ConfigurationError, match=rf"the keys of .*'counts'.*were saved as {types}"):
        counted(kind, savepoint, selector, now)


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        (LONG, LONG, None),
        (INT, LONG, None),
        (SHORT, LONG, None),
        (BYTE, INT, None),
        (LONG, INT, "were saved as LONG, and key_by has INT now"),
        (LONG, TEXT, "were saved as LONG, and key_by has STRING now"),
        (None, LONG, "'sum' that was kept as Python objects.*key_type too"),
        (LONG, None, "'sum' that was kept in columns.*key_type too"),
    ],
)
def test_aggregates_go_on_with_the_keys_that_they_had(was, now, message, tmp_path):
    with counted("sum", None, lambda n: n, was) as results:
        seen, savepoint = suspended(results, tmp_path)
    with contextlib.ExitStack() as closing:
        refused = pytest.raises(PyFlinkppError, match=message) if message else contextlib.nullcontext()
        with refused:
            first = next(closing.enter_context(counted("sum", savepoint, lambda n: n, now)))
    assert message or first >= len(seen) // 2


@pytest.mark.parametrize(
    ("was", "now", "found"), [(INT, LONG, True), (LONG, LONG, True), (LONG, TEXT, False), (LONG, INT, False)]
)
def test_what_reduce_keeps_has_a_type(was, now, found, tmp_path):
    def reduced(savepoint, type_info):
        env = environment(1, savepoint=savepoint, batch_size=1)
        source = NumberSequenceSource(0, 10**12)
        numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", LONG).uid("numbers")
        ones = numbers.map(lambda n: "1" if type_info is TEXT else 1, type_info).uid("ones")
        return ones.key_by(lambda n: 0, LONG).reduce(lambda a, b: a + b).uid("reduced").execute_and_collect()

    with reduced(None, was) as results:
        seen, savepoint = suspended(results, tmp_path)
    with reduced(savepoint, now) as results:
        if found:
            assert next(results) == seen[-1] + 1
        else:
            types = ".*".join(each._descriptor()[0] for each in (was, now))
            with pytest.raises(JobExecutionError, match=f"was saved as .*{types}"):
                next(results)
