"""What a key selector gives, and the key that functions see: as after PyFlink's serializers."""

import datetime
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from pyflinkpp.common import Row, Types
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream.functions import KeyedProcessFunction, ProcessWindowFunction
from pyflinkpp.datastream.state import ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor
from pyflinkpp.datastream.window import CountTumblingWindowAssigner

HERE = Path(__file__).name
THIRD = 0.3333333432674408  # of single precision


def collect(stream):
    return list(stream.execute_and_collect())


class Counts(KeyedProcessFunction):
    """The key and how many records it has had; once more from a timer."""

    def open(self, runtime_context):
        self.count = runtime_context.get_state(ValueStateDescriptor("n", Types.LONG()))

    def process_element(self, value, ctx):
        self.count.update((self.count.value() or 0) + 1)
        ctx.timer_service().register_event_time_timer(1)
        yield ctx.get_current_key(), self.count.value()

    def on_timer(self, timestamp, ctx):
        yield "timer", ctx.get_current_key(), self.count.value()


def counts(env, keys, key_type=None):
    stream = env.from_collection([(key,) for key in keys]).key_by(lambda record: record[0], key_type)
    results = collect(stream.process(Counts()))
    timers = [result[1:] for result in results if result[0] == "timer"]
    seen = [result for result in results if result[0] != "timer"]
    assert sorted(timers, key=repr) == sorted(dict((repr(k), (k, n)) for k, n in seen).values(), key=repr)
    return seen


@pytest.mark.parametrize(
    ("key_type", "given", "key"),
    [
        (Types.FLOAT(), 1 / 3, THIRD),
        (Types.DOUBLE(), 1, 1.0),
        (Types.LONG(), True, 1),
        (Types.TUPLE([Types.FLOAT(), Types.STRING()]), [1 / 3, "x"], (THIRD, "x")),
        (Types.ROW_NAMED(["a", "b"], [Types.INT(), Types.STRING()]), (1, "x"), Row(a=1, b="x")),
        (Types.LIST(Types.INT()), (1, 2), [1, 2]),
        (Types.SQL_DATE(), datetime.date(2024, 2, 29), datetime.date(2024, 2, 29)),
        (Types.BIG_DEC(), Decimal("1.50"), Decimal("1.50")),
        (Types.STRING(), None, None),
    ],
)
def test_the_key_is_of_the_declared_type(env, key_type, given, key):
    seen = counts(env, [given, given], key_type)
    assert seen == [(key, 1), (key, 2)]
    assert [type(key) for key, _ in seen] == [type(key)] * 2


def test_keys_that_the_type_makes_equal_meet(env):
    assert counts(env, [1 / 3, THIRD], Types.FLOAT()) == [(THIRD, 1), (THIRD, 2)]
    assert counts(env, [1, 1.0], Types.DOUBLE()) == [(1.0, 1), (1.0, 2)]


@pytest.mark.parametrize("parallelism", [1, 3])
@pytest.mark.parametrize("key", [[1, [2]], {"a": [1]}, {1, 2}, ([1], "x"), Row([1], 2)])
def test_what_can_be_serialized_can_be_a_key(env, key, parallelism):
    """PyFlink pickles a key without a declared type and compares the bytes, so it need not be hashable."""
    env.set_parallelism(parallelism)
    assert counts(env, [key, key]) == [(key, 1), (key, 2)]
    keyed = env.from_collection([(key, 1), (key, 2)]).key_by(lambda record: record[0])
    assert collect(keyed.reduce(lambda a, b: (a[0], a[1] + b[1]))) == [(key, 1), (key, 3)]


class KeysOfWindows(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield key, len(list(elements))


def test_windows_take_such_keys(env):
    keyed = env.from_collection([[1], [1], [2], [2]]).key_by(lambda record: record)
    windowed = keyed.window(CountTumblingWindowAssigner.of(2)).process(KeysOfWindows())
    assert collect(windowed) == [([1], 2), ([2], 2)]


def test_a_key_does_not_change_with_its_record(env):
    class Changes(KeyedProcessFunction):
        def process_element(self, value, ctx):
            value[0].append("changed")
            yield list(ctx.get_current_key())

    keyed = env.from_collection([([1],), ([1],)]).key_by(lambda record: record[0])
    assert collect(keyed.process(Changes())) == [[1], [1]]


def test_numbers_that_are_equal_are_one_key_to_a_reduce_only_if_their_types_are(env):
    keyed = env.from_collection([(1, 0), (True, 0), (1.0, 0), (Row(1), 0), (Row(True), 0), (1, 1)])
    reduced = keyed.key_by(lambda record: record[0]).reduce(lambda a, b: "met")
    assert collect(reduced)[-1] == "met"
    assert collect(reduced).count("met") == 1


AFTER_KEY_BY = {
    "process": lambda keyed: keyed.process(Counts()),
    "map": lambda keyed: keyed.map(str),
    "reduce": lambda keyed: keyed.reduce(lambda a, b: a),
    "sum": lambda keyed: keyed.sum(0),
    "window": lambda keyed: keyed.count_window(2).reduce(lambda a, b: a),
}


@pytest.mark.parametrize("operator", AFTER_KEY_BY)
@pytest.mark.parametrize("parallelism", [1, 2])
@pytest.mark.parametrize(
    ("key", "key_type", "what"),
    [
        ("x", Types.LONG(), "expected a value of type LONG"),
        (2**40, Types.INT(), "does not fit INT"),
        (1.5, Types.LONG(), "expected a value of type LONG"),
        ((1, 2, 3), Types.TUPLE([Types.INT(), Types.INT()]), "expected a tuple of 2 fields"),
        (threading.Lock, None, "cannot be serialized"),
    ],
)
def test_a_wrong_key_is_told_alike_by_all_operators(env, operator, parallelism, key, key_type, what):
    env.set_parallelism(parallelism)
    key = key() if callable(key) else key
    make = (lambda: threading.Lock()) if key_type is None else (lambda: key)
    selector = _Selects(make) if key_type is None else (lambda record: key)
    keyed = env.from_collection([(41, 1)]).name("numbers").key_by(selector, key_type)
    with pytest.raises(JobExecutionError) as failed:
        collect(AFTER_KEY_BY[operator](keyed))
    message = str(failed.value)
    assert "'the key selector after 'numbers''" in message
    assert f"{HERE}:" in message and what in message and "record: (41, 1)" in message
    assert ("leave key_type out" if key_type else "plain values") in message


class _Selects:
    def __init__(self, make):
        self.make = make

    def __call__(self, record):
        return self.make()


def test_a_key_type_that_the_record_contradicts_is_told(env):
    pairs = env.from_collection([(1, 2)], Types.TUPLE([Types.LONG(), Types.LONG()]))
    with pytest.raises(JobExecutionError, match="expected a value of type STRING"):
        collect(pairs.key_by(lambda pair: pair[0], key_type=Types.STRING()).sum(1))


@pytest.mark.parametrize(
    "key_type",
    [
        Types.PRIMITIVE_ARRAY(Types.BYTE()),
        Types.BASIC_ARRAY(Types.STRING()),
        Types.ROW([Types.INT(), Types.OBJECT_ARRAY(Types.STRING())]),
    ],
)
def test_arrays_are_no_keys_as_in_flink(env, key_type):
    with pytest.raises(TypeError, match="cannot be used as key"):
        env.from_collection([1]).key_by(lambda x: x, key_type=key_type)


class Uses(KeyedProcessFunction):
    """Gives what `use` makes of a state and the record."""

    def __init__(self, method, descriptor, use):
        self.method, self.descriptor, self.use = method, descriptor, use

    def open(self, runtime_context):
        self.state = getattr(runtime_context, self.method)(self.descriptor)

    def process_element(self, value, ctx):
        yield self.use(self.state, value)


def use(env, method, descriptor, function):
    return collect(env.from_collection([0]).key_by(lambda x: x).process(Uses(method, descriptor, function)))


def test_none_is_an_element_of_a_list_of_anything(env):
    """As in PyFlink, where an element is serialized at once: only pickle has something for None."""

    def add(state, value):
        state.add(None)
        state.add_all([1, None])
        return state.get()

    assert use(env, "get_list_state", ListStateDescriptor("l", Types.PICKLED_BYTE_ARRAY()), add) == [
        [None, 1, None]
    ]
    with pytest.raises(JobExecutionError, match="None can't be an element"):
        use(env, "get_list_state", ListStateDescriptor("l", Types.LONG()), add)


def test_keys_of_a_map_are_equal_as_their_type_says(env):
    """Declared types make 1 and True, or 1/3 and its single precision, the same key, as in PyFlink. Without
    one, keys of different types are different: this is what PyFlink's state holds, which it pickles. Its
    cache above, a dict, finds them equal until an entry leaves it, or the job starts from a snapshot."""

    def put(state, value):
        for key in (1, True, 1.0):
            state.put(key, str(key))
        return list(state.items())

    any_key = MapStateDescriptor("m", Types.PICKLED_BYTE_ARRAY(), Types.STRING())
    assert len(use(env, "get_map_state", any_key, put)[0]) == 3
    double = MapStateDescriptor("m", Types.DOUBLE(), Types.STRING())
    assert use(env, "get_map_state", double, put) == [[(1.0, "1.0")]]

    def single(state, value):
        state.put(1 / 3, "x")
        return list(state.keys()), state.get(THIRD)

    float_key = MapStateDescriptor("m", Types.FLOAT(), Types.STRING())
    assert use(env, "get_map_state", float_key, single) == [([THIRD], "x")]


def test_keys_of_a_map_must_be_hashable(env):
    """PyFlink looks them up in a dict first."""
    any_key = MapStateDescriptor("m", Types.PICKLED_BYTE_ARRAY(), Types.STRING())
    with pytest.raises(JobExecutionError, match="unhashable type: 'list'"):
        use(env, "get_map_state", any_key, lambda state, value: state.put(([1],), "x"))
