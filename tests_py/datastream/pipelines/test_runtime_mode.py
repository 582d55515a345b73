"""STREAMING, BATCH and AUTOMATIC."""

import pytest

from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream import RuntimeExecutionMode
from pyflinkpp.datastream.functions import SourceFunction


class Endless(SourceFunction):
    def run(self, ctx):
        while True:
            ctx.collect(1)

    def cancel(self):
        pass


def sums(stream):
    return list(stream.key_by(lambda x: x % 2).sum().execute_and_collect())


def test_automatic_is_batch_when_all_sources_end(env):
    env.set_runtime_mode(RuntimeExecutionMode.AUTOMATIC)
    assert sorted(sums(env.from_collection([1, 2, 3]))) == [2, 4]


def test_automatic_is_streaming_when_one_source_does_not_end(env):
    env.set_runtime_mode(RuntimeExecutionMode.AUTOMATIC)
    env.add_source(Endless()).map(lambda x: x)
    with env.from_collection([1, 1, 1]).key_by(lambda x: 0).sum().execute_and_collect() as results:
        assert [next(results) for _ in range(3)] == [1, 2, 3]


def test_batch_refuses_a_source_that_does_not_end(env):
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    env.add_source(Endless(), "ticks").map(lambda x: x)
    with pytest.raises(ConfigurationError, match=r"'Source: ticks' never ends.*\n.*test_runtime_mode.py"):
        env.execute()
