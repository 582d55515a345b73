"""Which subtask gets which record."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import Configuration
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import MapFunction, Partitioner


def collect(stream):
    with stream.execute_and_collect() as records:
        return list(records)


class Where(MapFunction):
    """(index of the subtask, record)"""

    def open(self, runtime_context):
        self.index = runtime_context.get_index_of_this_subtask()

    def map(self, value):
        return self.index, value


class Both(MapFunction):
    """(sending subtask, receiving subtask, value)"""

    def open(self, runtime_context):
        self.index = runtime_context.get_index_of_this_subtask()

    def map(self, value):
        return value[0], self.index, value[1]


def spread(env, senders, receivers, ship, n=48):
    """Records as (sender, receiver, value) after `ship` from one parallelism to another."""
    numbers = env.from_collection(range(n)).rebalance().map(Where()).set_parallelism(senders)
    return collect(ship(numbers).map(Both()).set_parallelism(receivers))


SHIPS = ["rebalance", "shuffle", "rescale"]


@pytest.mark.parametrize("senders, receivers", [(1, 3), (2, 4), (4, 2), (3, 3)])
@pytest.mark.parametrize("ship", SHIPS)
def test_dealing_out_loses_nothing_and_reaches_everyone(env, senders, receivers, ship):
    seen = spread(env, senders, receivers, lambda stream: getattr(stream, ship)(), n=96)
    assert sorted(value for _, _, value in seen) == list(range(96))
    assert {receiver for _, receiver, _ in seen} == set(range(receivers))


@pytest.mark.parametrize("senders, receivers", [(1, 3), (2, 4)])
def test_rebalance_is_even(env, senders, receivers):
    seen = spread(env, senders, receivers, lambda stream: stream.rebalance())
    counts = Counter((sender, receiver) for sender, receiver, _ in seen)
    assert set(counts.values()) == {48 // senders // receivers}


def test_rescale_keeps_to_its_group(env):
    groups = defaultdict(set)
    for sender, receiver, _ in spread(env, 2, 4, lambda stream: stream.rescale()):
        groups[sender].add(receiver)
    assert groups == {0: {0, 1}, 1: {2, 3}}


def test_forward_keeps_subtasks(env):
    assert all(sender == receiver for sender, receiver, _ in spread(env, 3, 3, lambda s: s.forward()))


@pytest.mark.parametrize("senders, receivers", [(1, 3), (2, 4)])
def test_forward_between_unequal_parallelisms(env, senders, receivers):
    with pytest.raises(ValueError, match="parallelism"):
        spread(env, senders, receivers, lambda stream: stream.forward())


@pytest.mark.parametrize("senders, receivers", [(1, 3), (2, 4)])
def test_broadcast_and_global(env, senders, receivers):
    seen = spread(env, senders, receivers, lambda stream: stream.broadcast())
    assert Counter((r, v) for _, r, v in seen) == {(r, v): 1 for r in range(receivers) for v in range(48)}
    seen = spread(env, senders, receivers, lambda stream: stream.global_())
    assert {receiver for _, receiver, _ in seen} == {0} and len(seen) == 48


class Modulo(Partitioner):
    def partition(self, key, num_partitions):
        return key % num_partitions


@pytest.mark.parametrize("partitioner", [Modulo(), lambda key, n: key % n])
def test_partition_custom(env, partitioner):
    seen = spread(env, 2, 4, lambda stream: stream.partition_custom(partitioner, lambda r: r[1]))
    assert all(receiver == value % 4 for _, receiver, value in seen) and len(seen) == 48


@pytest.mark.parametrize(
    "index, said", [(4, "4"), (-1, "-1"), (2**70, str(2**70)), ("x", "x"), (None, "None"), (1.5, "1.5")]
)
def test_partitioner_with_an_impossible_result(env, index, said):
    with pytest.raises(JobExecutionError) as info:
        spread(env, 2, 4, lambda stream: stream.partition_custom(lambda key, n: index, lambda r: r[1]))
    assert said in str(info.value) and "partitioner" in str(info.value)


def test_key_groups_keep_equal_keys_together(make_env):
    env = make_env(4)
    seen = collect(env.from_collection([f"k{i % 50}" for i in range(500)]).key_by(lambda k: k).map(Where()))
    places = defaultdict(set)
    for index, key in seen:
        places[key].add(index)
    assert len(seen) == 500 and all(len(where) == 1 for where in places.values())
    assert {index for index, _ in seen} == {0, 1, 2, 3}


def test_order_within_a_key_is_kept(make_env):
    stream = make_env(3, batch_size=3).from_collection([(i % 7, i) for i in range(700)])
    per_key = defaultdict(list)
    for key, value in collect(stream.key_by(lambda r: r[0]).map(lambda r: r)):
        per_key[key].append(value)
    assert per_key == {k: list(range(k, 700, 7)) for k in range(7)}


def counts(words, parallelism, batch_size, batch, chaining):
    configuration = Configuration()
    configuration.set_string("execution.batch-size", str(batch_size))
    configuration.set_string("execution.runtime-mode", "BATCH" if batch else "STREAMING")
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    env.set_parallelism(parallelism)
    if not chaining:
        env.disable_operator_chaining()
    pairs = env.from_collection(words).rebalance().flat_map(lambda text: [(c, 1) for c in text])
    return collect(pairs.filter(lambda p: p[0] != "x").key_by(lambda p: p[0]).sum(1).map(lambda p: p))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text(alphabet="abcxyz😀", max_size=4), max_size=25),
    st.integers(1, 4),
    st.integers(1, 8),
    st.booleans(),
    st.booleans(),
)
def test_word_count_equals_counter(words, parallelism, batch_size, batch, chaining):
    expected = Counter(c for word in words for c in word if c != "x")
    seen = counts(words, parallelism, batch_size, batch, chaining)
    if batch:
        assert dict(seen) == expected and len(seen) == len(expected)
    else:
        running = [(c, n) for c, total in expected.items() for n in range(1, total + 1)]
        assert sorted(seen) == sorted(running)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(-5, 5), max_size=40),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 8),
    st.sampled_from(["rebalance", "shuffle", "rescale", "global_"]),
)
def test_no_partitioning_loses_records(numbers, first, second, batch_size, ship):
    configuration = Configuration()
    configuration.set_string("execution.batch-size", str(batch_size))
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    env.set_parallelism(first)
    stream = env.from_collection(numbers).map(lambda x: x)
    stream = getattr(stream, ship)().map(lambda x: x * 2).set_parallelism(second)
    assert Counter(collect(stream)) == Counter(x * 2 for x in numbers)


@pytest.mark.parametrize("how", ["rebalance", "rescale", "shuffle", "forward", "global_", "broadcast"])
def test_the_partitioning_by_key_stays(env, how):
    with pytest.raises(TypeError, match=f"{how} cannot override the partitioning of key_by"):
        getattr(env.from_collection([1]).key_by(str), how)()
