"""No two readers of a stream have the same object; along a chain the object itself is handed on."""

import dataclasses
import datetime
import decimal
import threading
import uuid

import pytest

from pyflinkpp.common import Row, Types
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import OutputTag, ProcessFunction
from pyflinkpp.datastream.functions import FlatMapFunction, MapFunction


def collect(stream):
    return list(stream.execute_and_collect())


@dataclasses.dataclass
class Counter:
    n: int

    def __getitem__(self, name):
        return self.n

    def __setitem__(self, name, value):
        self.n = value


def add(record):
    record["n"] += 1
    return record


def numbers(stream):
    return sorted(record["n"] for record in collect(stream))


RECORDS = {
    "dict": ({"n": 0}, None),
    "object": (Counter(0), None),
    "row": (Row(n=0), None),
    "typed map": ({"n": 0}, Types.MAP(Types.STRING(), Types.INT())),
    "typed row": (Row(n=0), Types.ROW_NAMED(["n"], [Types.INT()])),
}


@pytest.fixture(params=RECORDS.values(), ids=RECORDS)
def source(env, request):
    record, type_info = request.param
    return env.from_collection([record], type_info), type_info


def mapped(source):
    stream, type_info = source
    return stream.map(lambda record: record, type_info)


@pytest.mark.parametrize("ahead", [lambda s: s[0], mapped], ids=["source", "map"])
@pytest.mark.parametrize(
    "way",
    [
        lambda d: d,
        lambda d: d.rebalance(),
        lambda d: d.key_by(lambda r: 0),
        lambda d: d.shuffle(),
    ],
    ids=["forward", "rebalance", "key_by", "shuffle"],
)
def test_branches_do_not_see_each_others_changes(source, ahead, way):
    d = ahead(source)
    other = way(d).map(lambda r: r, source[1])
    assert numbers(other.union(way(d).map(add, source[1]))) == [0, 1]


@pytest.mark.parametrize("ahead", [lambda s: s[0], mapped], ids=["source", "map"])
def test_a_stream_joined_with_its_own_branch(source, ahead):
    d = ahead(source)
    assert numbers(d.union(d.map(add, source[1]))) == [0, 1]


def test_every_subtask_of_a_broadcast_has_its_own(env, source):
    env.set_parallelism(2)
    assert numbers(source[0].broadcast().map(add, source[1])) == [1, 1]


def test_filters_and_key_selectors_that_change_records(env):
    def count_up(record):
        record["n"] += 1
        return True

    d = env.from_collection([{"n": 0}]).map(lambda r: r)
    assert numbers(d.filter(count_up).union(d)) == [0, 1]
    keyed = d.key_by(lambda r: (count_up(r), 0)[1]).map(lambda r: r)
    assert numbers(keyed.union(d.key_by(lambda r: 0).map(lambda r: r))) == [0, 1]


def test_an_element_that_comes_twice_in_a_collection(env):
    record = {"n": 0}
    assert numbers(env.from_collection([record, record]).map(add)) == [1, 1]


def test_side_outputs_and_main_output(env):
    tag = OutputTag("side")

    class Both(ProcessFunction):
        def process_element(self, value, ctx):
            yield value
            yield tag, value

    d = env.from_collection([{"n": 0}]).process(Both())
    main = d.rebalance().map(add)
    assert numbers(main.union(d.get_side_output(tag).rebalance().map(add))) == [1, 1]


def test_along_a_chain_the_object_itself_is_handed_on(env):
    locks = env.from_collection([1]).map(lambda x: (x, threading.Lock())).map(lambda t: t[0])
    assert collect(locks) == [1]


def test_what_a_function_keeps_is_changed_by_the_next_one(env):
    class Caches(MapFunction):
        def open(self, runtime_context):
            self.cached = {"n": 0}

        def map(self, value):
            return self.cached

    assert numbers(env.from_collection(range(3)).map(Caches()).map(lambda r: add(r)["n"]).map(Counter)) == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize("as_list", [False, True])
def test_one_object_emitted_many_times_is_read_in_between(env, as_list):
    class Repeats(FlatMapFunction):
        def flat_map(self, value):
            out = {"n": value}
            if as_list:
                return [out, out]
            return self.each(out)

        def each(self, out):
            for _ in range(2):
                yield add(out)

    counted = env.from_collection([0, 10]).flat_map(Repeats()).map(add).map(lambda r: r["n"])
    assert collect(counted) == ([1, 2, 11, 12] if as_list else [2, 4, 12, 14])


class Uncopyable:
    def __init__(self):
        self.lock = threading.Lock()

    def __repr__(self):
        return "Uncopyable()"


@pytest.mark.parametrize("way", [lambda d: d.rebalance(), lambda d: d.union(d)])
def test_what_cannot_be_copied_for_another_reader(env, way):
    kept = []

    def keep(value):
        kept.append(Uncopyable())
        return kept[-1]

    way(env.from_collection([1]).map(keep).name("keeps")).print()
    with pytest.raises(JobExecutionError) as failed:
        env.execute()
    assert isinstance(failed.value.__cause__, TypeError)
    for part in ("'keeps' (1/1)", "Uncopyable()", "pickle", "declared at", "test_shared_records.py"):
        assert part in str(failed.value)


UNCHANGING = [
    datetime.datetime(2026, 1, 1),
    datetime.timedelta(1),
    decimal.Decimal(1),
    uuid.UUID(int=1),
    (1, (2.5, decimal.Decimal(1))),
    range(3),
    1j,
]


@pytest.mark.parametrize("value", UNCHANGING, ids=repr)
def test_what_cannot_change_is_never_copied(env, value):
    class Constant(MapFunction):
        def open(self, runtime_context):
            self.value = value

        def map(self, _):
            return self.value

    stream = env.from_collection(range(3)).map(Constant())
    results = collect(stream.union(stream).rebalance().map(lambda v: v))
    assert results == [value] * 6 and len({id(result) for result in results}) == 1
