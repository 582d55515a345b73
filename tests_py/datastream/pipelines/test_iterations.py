"""Loops."""

import json

import pytest

from pyflinkpp.common import RestartStrategies, Types
from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream import RuntimeExecutionMode
from pyflinkpp.datastream.functions import MapFunction

WAIT = 300


def count_down(stream):
    """Each number goes round until it is 0."""
    loop = stream.iterate(WAIT)
    less = loop.map(lambda x: x - 1, Types.LONG())
    loop.close_with(less.filter(lambda x: x > 0))
    return less.filter(lambda x: x <= 0)


@pytest.mark.parametrize("parallelism", [1, 2])
def test_records_go_round_until_the_condition_ends(make_env, parallelism):
    env = make_env(parallelism=parallelism)
    numbers = env.from_collection([3, 1, 100], Types.LONG())
    assert list(count_down(numbers).execute_and_collect()) == [0, 0, 0]


def test_through_keys_and_several_ways_back(make_env):
    env = make_env(parallelism=2)
    loop = env.from_collection([(k, 0) for k in "abc"]).iterate(WAIT)
    step = loop.key_by(lambda pair: pair[0]).map(lambda pair: (pair[0], pair[1] + 1))
    loop.close_with(step.filter(lambda pair: pair[1] < 3 and pair[0] == "a"))
    loop.close_with(step.filter(lambda pair: pair[1] < 5 and pair[0] != "a").rebalance())
    done = step.filter(lambda pair: pair[1] == (3 if pair[0] == "a" else 5))
    assert sorted(done.execute_and_collect()) == [("a", 3), ("b", 5), ("c", 5)]


def test_more_records_come_back_than_go_in(make_env):
    env = make_env(parallelism=2, batch_size=2)
    loop = env.from_collection(list(range(20)), Types.LONG()).iterate(WAIT)
    more = loop.flat_map(lambda x: [x + 100] * 3, Types.LONG())
    loop.close_with(more.filter(lambda x: x < 500))
    assert len(list(more.filter(lambda x: x >= 500).execute_and_collect())) == 20 * 3**5


def test_the_plan_shows_the_way_back(env):
    count_down(env.from_collection([1], Types.LONG()))
    nodes = json.loads(env.get_execution_plan())["nodes"]
    sides = {edge["id"]: edge["side"] for edge in nodes[1]["predecessors"]}
    assert sides == {1: "second", 4: "feedback"}


class FailsOnce(MapFunction):
    def open(self, runtime_context):
        self.attempt = runtime_context.get_attempt_number()

    def map(self, value):
        if value == 5 and self.attempt == 0:
            raise ValueError("once")
        return value


def test_a_loop_starts_over_with_its_job(env):
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(1, 1))
    loop = env.from_collection([9], Types.LONG()).iterate(WAIT)
    less = loop.map(FailsOnce(), Types.LONG()).map(lambda x: x - 1, Types.LONG())
    loop.close_with(less.filter(lambda x: x > 0))
    assert list(less.filter(lambda x: x <= 0).execute_and_collect()) == [0]


def test_a_loop_without_a_wait_runs_until_it_is_cancelled(env):
    loop = env.from_collection([1], Types.LONG()).iterate()
    same = loop.map(lambda x: x + 1, Types.LONG())
    loop.close_with(same)
    with same.execute_and_collect() as results:
        assert [next(results) for _ in range(3)] == [2, 3, 4]


def test_wrong_loops(env):
    numbers = env.from_collection([1], Types.LONG())
    with pytest.raises(ValueError, match="must not be negative"):
        numbers.iterate(-1)
    loop = numbers.iterate(WAIT)
    with pytest.raises(ValueError, match="comes from this loop"):
        loop.close_with(numbers.map(lambda x: x, Types.LONG()))
    with pytest.raises(TypeError, match="of type"):
        loop.close_with(loop.map(str, Types.STRING()))
    with pytest.raises(ConfigurationError, match=r"iterate without close_with\n.*test_iterations.py"):
        env.execute()


def test_batch_has_no_loops(env):
    count_down(env.from_collection([1], Types.LONG()))
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    with pytest.raises(ConfigurationError, match="a loop has no place in BATCH mode"):
        env.execute()


def test_checkpoints_of_loops_are_refused(env):
    count_down(env.from_collection([1], Types.LONG()))
    env.enable_checkpointing(1000)
    with pytest.raises(ConfigurationError, match="checkpoints of a program with iterate"):
        env.execute()
