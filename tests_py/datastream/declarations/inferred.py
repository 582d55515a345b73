"""What a type checker finds out about programs; checked by test_inference.py, never run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, assert_type

from pyflinkpp.common import Row, Types
from pyflinkpp.datastream import (
    CoMapFunction,
    ConnectedStreams,
    DataStream,
    FlatMapFunction,
    KeyedProcessFunction,
    KeyedStream,
    KeySelector,
    MapFunction,
    OutputTag,
    ProcessFunction,
    StreamExecutionEnvironment,
)

env = StreamExecutionEnvironment.get_execution_environment()

numbers = env.from_collection([1, 2, 3])
assert_type(numbers, DataStream[int])
words = env.from_collection(["a"], Types.STRING())
assert_type(words, DataStream[str])
assert_type(env.from_collection([], Types.LIST(Types.LONG())), DataStream[list[int]])
assert_type(env.from_collection([Row(1)], Types.ROW([Types.INT()])), DataStream[Row])
assert_type(env.from_collection([(1, "a")]), DataStream[tuple[int, str]])
assert_type(env.from_collection([(1,)], Types.TUPLE([Types.INT()])), DataStream[tuple[Any, ...]])

pairs = words.map(lambda word: (word, len(word)))
assert_type(pairs, DataStream[tuple[str, int]])
assert_type(words.flat_map(str.split), DataStream[str])
assert_type(words.map(len, Types.INT()).filter(lambda n: n > 1), DataStream[int])
keyed = pairs.key_by(lambda pair: pair[0])
assert_type(keyed, KeyedStream[tuple[str, int], str])
assert_type(keyed.reduce(lambda a, b: (a[0], a[1] + b[1])), DataStream[tuple[str, int]])


class Length(MapFunction):
    def map(self, value: str) -> int:
        return len(value)


class Declared(MapFunction[str, bytes]):
    def map(self, value: str) -> bytes:
        return value.encode()


class Letters(FlatMapFunction):
    def flat_map(self, value: str) -> Iterator[str]:
        yield from value


class First(KeySelector):
    def get_key(self, value: tuple[str, int]) -> str:
        return value[0]


assert_type(words.map(Length()), DataStream[int])
assert_type(words.map(Declared()), DataStream[bytes])
assert_type(words.flat_map(Letters()), DataStream[str])
assert_type(pairs.key_by(First()), KeyedStream[tuple[str, int], str])


class Late(ProcessFunction):
    def process_element(self, value: int, ctx: ProcessFunction.Context) -> Iterable[str]:
        yield "x"


class Counts(KeyedProcessFunction):
    def process_element(
        self, value: tuple[str, int], ctx: KeyedProcessFunction.Context
    ) -> Iterator[tuple[str, float]]:
        yield value[0], 1.0


late = numbers.process(Late())
assert_type(late, DataStream[str])
assert_type(keyed.process(Counts()), DataStream[tuple[str, float]])
assert_type(late.get_side_output(OutputTag("late", Types.INT())), DataStream[int])
assert_type(OutputTag("any"), OutputTag[Any])


class Both(CoMapFunction):
    def map1(self, value: int) -> str:
        return str(value)

    def map2(self, value: str) -> str:
        return value


both = numbers.connect(words)
assert_type(both, ConnectedStreams[int, str])
assert_type(both.map(Both()), DataStream[str])
assert_type(both.key_by(lambda n: n, len).map(Both()), DataStream[str])

with numbers.execute_and_collect() as results:
    for result in results:
        assert_type(result, int)
assert_type(numbers.execute_and_collect(limit=3), list[int])

numbers.map(Length())  # type: ignore[arg-type]
words.map(lambda word: word.no_such_method())  # type: ignore[attr-defined]
words.connect(words).map(Both())  # type: ignore[arg-type]
