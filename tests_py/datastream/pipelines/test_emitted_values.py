"""A record is what it was when it was emitted, whatever its maker does to the object afterwards."""

import dataclasses

import pytest

from pyflinkpp.common import Types
from pyflinkpp.datastream.functions import KeyedProcessFunction, MapFunction
from pyflinkpp.datastream.state import ListStateDescriptor, ValueStateDescriptor


def collect(stream):
    return list(stream.execute_and_collect())


GROWN = [[0], [0, 1], [0, 1, 2]]


def test_a_state_that_is_emitted_and_changed(env):
    class Grows(KeyedProcessFunction):
        def open(self, runtime_context):
            self.seen = runtime_context.get_state(ValueStateDescriptor("seen", Types.PICKLED_BYTE_ARRAY()))

        def process_element(self, value, ctx):
            seen = self.seen.value() or []
            seen.append(value)
            self.seen.update(seen)
            yield seen

    grown = env.from_collection(range(3)).key_by(lambda v: 0).process(Grows())
    assert collect(grown) == GROWN
    assert collect(grown.map(str)) == [str(items) for items in GROWN]


@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: (1, v), lambda v: {"a": v}, lambda v: [v]])
def test_a_field_that_is_returned_and_changed(env, wrap):
    class Grows(MapFunction):
        def __init__(self):
            self.seen = []

        def map(self, value):
            self.seen.append(value)
            return wrap(self.seen)

    assert collect(env.from_collection(range(3)).map(Grows())) == [wrap(items) for items in GROWN]


def test_a_reduce_that_changes_its_argument(env):
    def add(a, b):
        a["n"] += b["n"]
        return a

    sums = env.from_collection([{"n": 1}, {"n": 1}, {"n": 1}]).key_by(lambda r: 0).reduce(add)
    assert [record["n"] for record in collect(sums)] == [1, 2, 3]


@dataclasses.dataclass(frozen=True)
class Place:
    x: int
    y: int


def test_objects_of_ones_own_classes_are_keys(env):
    class Count(KeyedProcessFunction):
        def open(self, runtime_context):
            self.items = runtime_context.get_list_state(ListStateDescriptor("items", Types.LONG()))

        def process_element(self, value, ctx):
            self.items.add(value)
            yield ctx.get_current_key(), len(self.items.get())

    counts = collect(env.from_collection([1, 2, 3]).key_by(lambda v: Place(v % 2, 0)).process(Count()))
    assert counts == [(Place(1, 0), 1), (Place(0, 0), 1), (Place(1, 0), 2)]


def test_floats_have_single_precision_in_functions_and_are_shown_by_their_shortest_digits(env, capfd):
    thirds = env.from_collection([1 / 3], Types.FLOAT())
    assert list(thirds.map(repr).execute_and_collect()) == ["0.3333333432674408"]
    assert list(thirds.execute_and_collect()) == [0.33333334]
    record = Types.TUPLE([Types.FLOAT(), Types.DOUBLE(), Types.LIST(Types.FLOAT())])
    records = env.from_collection([(1 / 3, 1 / 3, [0.1])], record)
    assert list(records.execute_and_collect()) == [(0.33333334, 1 / 3, [0.1])]
    assert list(records.map(lambda r: r).execute_and_collect()) == [
        (0.3333333432674408, 1 / 3, [0.10000000149011612])
    ]
    records.print()
    env.execute()
    assert capfd.readouterr().out == "(0.33333334,0.3333333333333333,[0.1])\n"
