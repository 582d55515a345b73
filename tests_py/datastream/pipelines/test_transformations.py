"""What each transformation makes of its records, at parallelism 1."""

import itertools

import pytest

from pyflinkpp.common import Row, Types
from pyflinkpp.datastream import OutputTag
from pyflinkpp.datastream.functions import (
    CoFlatMapFunction,
    CoMapFunction,
    CoProcessFunction,
    FilterFunction,
    FlatMapFunction,
    KeyedCoProcessFunction,
    KeyedProcessFunction,
    KeySelector,
    MapFunction,
    ProcessFunction,
    ReduceFunction,
)


def collect(stream):
    with stream.execute_and_collect() as records:
        return list(records)


class Add(MapFunction):
    def __init__(self, n):
        self.n = n

    def map(self, value):
        return value + self.n


def test_map_takes_functions_methods_and_map_functions(env):
    assert collect(env.from_collection([1, 2]).map(lambda x: x * 2).map(Add(1)).map(str)) == ["3", "5"]


def test_map_passes_none_on(env):
    assert collect(env.from_collection([1, None]).map(lambda x: x)) == [1, None]


def test_map_coerces_to_the_output_type(env):
    assert collect(
        env.from_collection([1, 2]).map(lambda x: [x, x], Types.TUPLE([Types.INT(), Types.DOUBLE()]))
    ) == [
        (1, 1.0),
        (2, 2.0),
    ]


def generate(x):
    yield x
    yield -x


class Twice(FlatMapFunction):
    def flat_map(self, value):
        yield value
        yield value


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda x: [x, x], [1, 1, 2, 2]),
        (lambda x: (x,), [1, 2]),
        (generate, [1, -1, 2, -2]),
        (lambda x: None, []),
        (lambda x: None if x == 1 else [x], [2]),
        (lambda x: "ab", ["a", "b", "a", "b"]),
        (lambda x: {x: 0}, [1, 2]),
        (lambda x: iter([]), []),
        (lambda x: range(x), [0, 0, 1]),
        (Twice(), [1, 1, 2, 2]),
    ],
)
def test_flat_map_takes_any_iterable(env, function, expected):
    assert collect(env.from_collection([1, 2]).flat_map(function)) == expected


def test_flat_map_of_one_record_into_many(env):
    many = env.from_collection([100_000]).flat_map(lambda n: iter(range(n)))
    assert collect(many) == list(range(100_000))


def test_endless_generator_stops_at_the_limit(env):
    counted = env.from_collection([7]).flat_map(itertools.count).execute_and_collect(limit=5)
    assert counted == [7, 8, 9, 10, 11]


def test_limit_above_the_number_of_records(env):
    assert env.from_collection([1, 2]).execute_and_collect(limit=9) == [1, 2]


class Odd(FilterFunction):
    def filter(self, value):
        return value % 2


def test_filter_goes_by_truth(env):
    records = [0, 1, "", "a", [], [0], None, 0.0, (), (None,)]
    assert collect(env.from_collection(records).filter(lambda x: x)) == [1, "a", [0], (None,)]


def test_filter_function(env):
    assert collect(env.from_collection(range(5)).filter(Odd())) == [1, 3]


class First(KeySelector):
    def get_key(self, value):
        return value[0]


class AddSecond(ReduceFunction):
    def reduce(self, value1, value2):
        return value1[0], value1[1] + value2[1]


PAIRS = [("a", 3), ("b", 1), ("a", 1), ("a", 5), ("b", 1)]


def test_reduce_emits_every_running_value(env):
    running = env.from_collection(PAIRS).key_by(First()).reduce(AddSecond())
    assert collect(running) == [("a", 3), ("b", 1), ("a", 4), ("a", 9), ("b", 2)]


def test_reduce_in_batch_mode_emits_the_last_value(make_env):
    final = make_env(2, batch=True).from_collection(PAIRS).key_by(First()).reduce(AddSecond())
    assert sorted(collect(final)) == [("a", 9), ("b", 2)]


@pytest.mark.parametrize(
    "name, expected",
    [
        ("sum", [("k", 3, "x"), ("k", 4, "x"), ("k", 9, "x"), ("k", 10, "x")]),
        ("min", [("k", 3, "x"), ("k", 1, "x"), ("k", 1, "x"), ("k", 1, "x")]),
        ("max", [("k", 3, "x"), ("k", 3, "x"), ("k", 5, "x"), ("k", 5, "x")]),
        ("min_by", [("k", 3, "x"), ("k", 1, "y"), ("k", 1, "y"), ("k", 1, "y")]),
        ("max_by", [("k", 3, "x"), ("k", 3, "x"), ("k", 5, "z"), ("k", 5, "z")]),
    ],
)
@pytest.mark.parametrize("kind", ["tuple", "row", "named", "number"])
def test_rolling_aggregations(env, name, expected, kind):
    records = [("k", 3, "x"), ("k", 1, "y"), ("k", 5, "z"), ("k", 1, "w")]
    position = 1
    if kind == "row":
        records, expected = ([Row(*r) for r in rows] for rows in (records, expected))
    elif kind == "named":
        records, expected = ([Row(k=r[0], n=r[1], s=r[2]) for r in rows] for rows in (records, expected))
        position = "n"
    elif kind == "number":
        records, expected = ([r[1] for r in rows] for rows in (records, expected))
        position = 0
    keyed = env.from_collection(records).key_by(lambda r: 0)
    assert collect(getattr(keyed, name)(position)) == expected


def test_aggregation_by_name_of_a_declared_row(env):
    type_info = Types.ROW_NAMED(["k", "n"], [Types.STRING(), Types.LONG()])
    rows = env.from_collection([Row("a", 1), Row("a", 2)], type_info).key_by(lambda r: r.k).sum("n")
    assert collect(rows) == [Row(k="a", n=1), Row(k="a", n=3)]


KEYS = [
    1,
    True,
    1.0,
    None,
    "1",
    "",
    "😀",
    "\U0001f600x",
    "ä",
    (1, "a"),
    (1, True),
    ("😀",),
    b"1",
    -1,
    2**40,
    0.5,
    False,
    0,
]


@pytest.mark.parametrize("parallelism", [1, 3])
def test_keys_of_different_types_stay_apart(make_env, parallelism):
    records = [(index, 1) for index in range(len(KEYS))] * 3
    keys = list(KEYS)
    counts = make_env(parallelism, batch=True).from_collection(records).key_by(lambda r: keys[r[0]]).sum(1)
    assert sorted(collect(counts)) == [(index, 3) for index in range(len(KEYS))]


def test_typed_keys(env):
    keyed = env.from_collection([1, 2, 3]).key_by(lambda x: x % 2, key_type=Types.INT())
    assert collect(keyed.reduce(lambda a, b: a + b)) == [1, 2, 4]


def test_map_flat_map_and_filter_after_key_by(env):
    keyed = env.from_collection([1, 2, 3]).key_by(lambda x: x % 2)
    assert sorted(collect(keyed.map(lambda x: x * 2))) == [2, 4, 6]
    assert sorted(collect(keyed.flat_map(lambda x: [x] * 2))) == [1, 1, 2, 2, 3, 3]
    assert sorted(collect(keyed.filter(lambda x: x > 1))) == [2, 3]


def test_union(env):
    a, b, c = (env.from_collection([n, n + 1]) for n in (1, 10, 100))
    assert sorted(collect(a.union(b, c))) == [1, 2, 10, 11, 100, 101]


def test_union_with_itself_doubles(env):
    a = env.from_collection([1, 2])
    assert sorted(collect(a.union(a).map(lambda x: x))) == [1, 1, 2, 2]
    b = env.from_collection([1, 2])
    assert sorted(collect(b.map(Add(0)).union(b).key_by(lambda x: x).sum(0))) == [1, 2, 2, 4]


def test_union_of_keyed_streams(env):
    a, b = (env.from_collection([1, 2]).key_by(lambda x: x) for _ in range(2))
    assert sorted(collect(a.union(b))) == [1, 1, 2, 2]


class Sides(CoMapFunction):
    def map1(self, value):
        return "left", value

    def map2(self, value):
        return "right", value


class FlatSides(CoFlatMapFunction):
    def flat_map1(self, value):
        yield value
        yield value

    def flat_map2(self, value):
        return None


class Both(CoProcessFunction):
    def process_element1(self, value, ctx):
        yield value, ctx.timestamp() < 0

    def process_element2(self, value, ctx):
        return [("two", value)]


class KeyedBoth(KeyedCoProcessFunction):
    def process_element1(self, value, ctx):
        yield 1, ctx.get_current_key(), value

    def process_element2(self, value, ctx):
        yield 2, ctx.get_current_key(), value


def test_connected_streams(env):
    def streams():
        return env.from_collection([1, 2]).connect(env.from_collection(["a"]))

    assert sorted(collect(streams().map(Sides()))) == [("left", 1), ("left", 2), ("right", "a")]
    assert collect(streams().flat_map(FlatSides())) == [1, 1, 2, 2]
    assert sorted(collect(streams().process(Both())), key=str) == [("two", "a"), (1, True), (2, True)]


def test_connected_keyed_streams(make_env):
    env = make_env(3)
    a, b = env.from_collection([1, 2, 3]), env.from_collection(["1", "2"])
    both = a.connect(b).key_by(lambda x: x % 2, lambda s: int(s) % 2).process(KeyedBoth())
    assert sorted(collect(both), key=str) == [(1, 0, 2), (1, 1, 1), (1, 1, 3), (2, 0, "2"), (2, 1, "1")]


def test_a_stream_connected_with_itself(env):
    a = env.from_collection([1, 2])
    assert sorted(collect(a.connect(a).map(Sides()))) == [
        ("left", 1),
        ("left", 2),
        ("right", 1),
        ("right", 2),
    ]


def test_project(env):
    fields = [Types.INT(), Types.STRING(), Types.DOUBLE()]
    tuples = env.from_collection([(1, "a", 0.5)], Types.TUPLE(fields)).project(2, 0)
    assert tuples.get_type() == Types.TUPLE([Types.DOUBLE(), Types.INT()])
    assert collect(tuples) == [(0.5, 1)]
    rows = env.from_collection([Row(1, "a", 0.5)], Types.ROW_NAMED(["x", "y", "z"], fields)).project(1, 2)
    assert list(collect(rows)[0]) == ["a", 0.5]


def test_project_refuses(env):
    with pytest.raises(TypeError, match="tuples or rows"):
        env.from_collection([1], Types.INT()).project(0)
    with pytest.raises(ValueError, match="no field 3"):
        env.from_collection([(1,)], Types.TUPLE([Types.INT()])).project(3)


EVEN = OutputTag("even", Types.INT())
TEXT = OutputTag("text")


class Split(ProcessFunction):
    def process_element(self, value, ctx):
        if value % 2 == 0:
            yield EVEN, value
        else:
            yield value
        yield TEXT, str(value)


class KeyedSplit(KeyedProcessFunction):
    def process_element(self, value, ctx):
        yield EVEN, ctx.get_current_key()
        yield value


def joined(*streams):
    tagged = [stream.map(lambda v, i=index: (i, v)) for index, stream in enumerate(streams)]
    result = collect(tagged[0].union(*tagged[1:])) if len(tagged) > 1 else collect(tagged[0])
    return [[v for i, v in result if i == index] for index in range(len(streams))]


def test_side_outputs(env):
    main = env.from_collection([1, 2, 3, 4]).process(Split(), Types.INT())
    assert main.get_side_output(EVEN).get_type() == Types.INT()
    even, again, text = main.get_side_output(EVEN), main.get_side_output(EVEN), main.get_side_output(TEXT)
    assert joined(main, even, again, text) == [[1, 3], [2, 4], [2, 4], ["1", "2", "3", "4"]]


def test_side_outputs_that_nobody_reads_vanish(env):
    assert collect(env.from_collection([1, 2, 3]).process(Split())) == [1, 3]


def test_only_the_side_output_is_read(env):
    assert collect(env.from_collection([1, 2]).process(Split()).get_side_output(TEXT)) == ["1", "2"]


def test_side_output_of_a_keyed_process_function(make_env):
    main = make_env(2).from_collection([1, 2, 3]).key_by(lambda x: x * 10).process(KeyedSplit())
    values, keys = joined(main, main.get_side_output(EVEN))
    assert (sorted(values), sorted(keys)) == ([1, 2, 3], [10, 20, 30])


def test_side_output_of_a_side_output(env):
    first = env.from_collection([1, 2, 3, 4]).process(Split())
    second = first.get_side_output(EVEN).process(Split())
    assert collect(second.get_side_output(TEXT)) == ["2", "4"]


def test_side_output_asked_for_with_two_types(env):
    main = env.from_collection([1]).process(Split())
    main.get_side_output(EVEN)
    with pytest.raises(ValueError, match="'even'"):
        main.get_side_output(OutputTag("even", Types.STRING()))


def test_side_output_values_are_coerced(env):
    tag = OutputTag("pairs", Types.TUPLE([Types.INT(), Types.DOUBLE()]))

    class Pairs(ProcessFunction):
        def process_element(self, value, ctx):
            yield tag, [value, value]

    assert collect(env.from_collection([1]).process(Pairs()).get_side_output(tag)) == [(1, 1.0)]


def test_process_returns_none_lists_or_generators(env):
    class Returns(ProcessFunction):
        def process_element(self, value, ctx):
            return None if value == 1 else [value]

    assert collect(env.from_collection([1, 2]).process(Returns())) == [2]


def test_empty_source(make_env):
    empty = make_env(2).from_collection([]).map(lambda x: x).key_by(lambda x: x).reduce(lambda a, b: a)
    assert collect(empty) == []
