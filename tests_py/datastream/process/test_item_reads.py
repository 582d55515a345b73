"""Functions that only read an item of a plain tuple are not called, and nobody can tell."""

import traceback
from collections import namedtuple

import pytest

from pyflinkpp.common import Row, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream.functions import KeyedProcessFunction, ProcessFunction

Point = namedtuple("Point", "x y")


class Odd(tuple):
    def __getitem__(self, index):
        return 7


class Keys(KeyedProcessFunction):
    def process_element(self, value, ctx):
        yield ctx.get_current_key()


class Stamps(ProcessFunction):
    def process_element(self, value, ctx):
        yield ctx.timestamp()


class Second(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


def keys(env, records, selector, key_type=None):
    return list(env.from_collection(records).key_by(selector, key_type).process(Keys()).execute_and_collect())


def stamps(env, records, assigner):
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(assigner)
    stream = env.from_collection(records).assign_timestamps_and_watermarks(strategy)
    return list(stream.process(Stamps()).execute_and_collect())


RECORDS = [("a", 1), ["b", 2], Row("c", 3), Point("d", 4), Odd(("e", 5)), {0: "f", -1: 6, 1: 6}]


def test_each_kind_of_record_gives_what_it_would():
    assert [record[0] for record in RECORDS] == ["a", "b", "c", "d", 7, "f"]


def test_keys_are_those_that_calls_give(env):
    assert keys(env, RECORDS, lambda r: r[0]) == ["a", "b", "c", "d", 7, "f"]
    assert keys(env, RECORDS[:2], lambda r: r[-1]) == [1, 2]
    assert keys(env, [(1,), (2.5,)], lambda r: r[0], Types.DOUBLE()) == [1.0, 2.5]


@pytest.mark.parametrize("assigner", [lambda r, _: r[1], lambda r, _: r[-1], Second()])
def test_timestamps_are_those_that_calls_give(env, assigner):
    assert stamps(env, [("a", 1), ("b", 2)], assigner) == [1, 2]


def test_an_assigner_with_a_method_of_its_own_is_asked_for_it(env):
    assigner = Second()
    assigner.extract_timestamp = lambda value, before: value[0]
    assert stamps(env, [(3, 1)], assigner) == [3]


@pytest.mark.parametrize("index", [2, -3])
def test_a_missing_item_is_the_functions_own_error(env, index):
    select = {2: lambda r: r[2], -3: lambda r: r[-3]}[index]
    with pytest.raises(JobExecutionError, match=r"record: \('a', 1\)") as info:
        keys(env, [("a", 1)], select)
    assert type(info.value.__cause__) is IndexError
    frame = traceback.extract_tb(info.value.__cause__.__traceback__)[-1]
    assert frame.filename == __file__ and frame.name == "<lambda>"


def test_an_item_that_is_no_time_is_refused(env):
    with pytest.raises(JobExecutionError, match=r"extract_timestamp returned 'x' of type str"):
        stamps(env, [("a", "x")], lambda r, _: r[1])
