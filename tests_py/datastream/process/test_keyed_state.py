"""Keyed state as functions use it."""

import builtins

import pytest

from pyflinkpp.common import Types
from pyflinkpp.common.errors import JobExecutionError, StateError
from pyflinkpp.datastream.functions import (
    AggregateFunction,
    FilterFunction,
    KeyedProcessFunction,
    MapFunction,
    ProcessFunction,
)
from pyflinkpp.datastream.state import (
    AggregatingStateDescriptor,
    ListState,
    ListStateDescriptor,
    MapState,
    MapStateDescriptor,
    ReducingStateDescriptor,
    ValueState,
    ValueStateDescriptor,
)

RECORDS = [("a", 1), ("b", 2), ("a", 3), ("b", 4), ("a", 5)]


def collect(stream):
    return list(stream.execute_and_collect())


class WithState(KeyedProcessFunction):
    """Opens one state and gives what `use` makes of it for each record."""

    def __init__(self, method, descriptor, use):
        self.method, self.descriptor, self.use = method, descriptor, use

    def open(self, runtime_context):
        self.state = getattr(runtime_context, self.method)(self.descriptor)

    def process_element(self, value, ctx):
        yield self.use(self.state, value)


def run(env, method, descriptor, use, records=RECORDS):
    return collect(
        env.from_collection(records).key_by(lambda r: r[0]).process(WithState(method, descriptor, use))
    )


def test_a_value_is_kept_for_each_key(env):
    def add(state, record):
        assert isinstance(state, ValueState)
        state.update((state.value() or 0) + record[1])
        return record[0], state.value()

    sums = run(env, "get_state", ValueStateDescriptor("sum", Types.LONG()), add)
    assert sums == [("a", 1), ("b", 2), ("a", 4), ("b", 6), ("a", 9)]


def test_a_cleared_value_and_an_updated_none_are_absent(env):
    def use(state, record):
        before = state.value()
        if record[1] == 3:
            state.clear()
        else:
            state.update(None if record[1] == 4 else record[1])
        return before, state.value()

    seen = run(env, "get_state", ValueStateDescriptor("v", Types.LONG()), use)
    assert seen == [(None, 1), (None, 2), (1, None), (2, None), (None, 5)]


def test_a_value_comes_back_as_the_object_that_was_put(env):
    def use(state, record):
        value = state.value()
        state.update(record)
        return value is None or type(value) is tuple

    assert all(run(env, "get_state", ValueStateDescriptor("v", Types.PICKLED_BYTE_ARRAY()), use))


def test_a_list_grows_is_replaced_and_cleared(env):
    def use(state, record):
        assert isinstance(state, ListState)
        if record[1] == 5:
            state.update([7, 8])
            state.add_all([9])
        else:
            state.add(record[1])
        return list(state), state.get()

    seen = run(env, "get_list_state", ListStateDescriptor("l", Types.LONG()), use)
    assert [items for items, _ in seen] == [[1], [2], [1, 3], [2, 4], [7, 8, 9]]
    assert all(items == again for items, again in seen)


def test_a_map_reads_as_a_dict(env):
    def use(state, record):
        assert isinstance(state, MapState)
        assert state.is_empty() == (record[1] in (1, 2))
        state[record[1]] = record[0] * record[1]
        state.put_all({100: "x", 50: "y"})
        del state[50]
        assert 50 not in state and state.contains(100) and state[50] is None
        return dict(state.items()), list(state), list(state.values())

    items, keys, values = run(
        env, "get_map_state", MapStateDescriptor("m", Types.LONG(), Types.STRING()), use
    )[-1]
    assert items == {1: "a", 3: "aaa", 5: "aaaaa", 100: "x"}
    assert keys == [1, 3, 5, 100]
    assert values == ["a", "aaa", "aaaaa", "x"]


def test_reducing_state_reduces(env):
    def use(state, record):
        state.add(record[1])
        return state.get()

    descriptor = ReducingStateDescriptor("r", lambda a, b: a * 10 + b, Types.LONG())
    assert run(env, "get_reducing_state", descriptor, use) == [1, 2, 13, 24, 135]


class Mean(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + value, accumulator[1] + 1

    def get_result(self, accumulator):
        return accumulator[0] / accumulator[1]

    def merge(self, acc_a, acc_b):
        return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]


def test_aggregating_state_aggregates(env):
    def use(state, record):
        before = state.get()
        state.add(record[1])
        return before, state.get()

    descriptor = AggregatingStateDescriptor("m", Mean(), Types.TUPLE([Types.LONG(), Types.LONG()]))
    assert run(env, "get_aggregating_state", descriptor, use) == [
        (None, 1),
        (None, 2),
        (1, 2),
        (2, 3),
        (2, 3),
    ]


def test_any_rich_function_on_a_keyed_stream_has_state(env):
    class Count(MapFunction):
        def open(self, runtime_context):
            self.count = runtime_context.get_state(ValueStateDescriptor("n", Types.LONG()))

        def map(self, value):
            self.count.update((self.count.value() or 0) + 1)
            return value[0], self.count.value()

    class First(FilterFunction):
        def open(self, runtime_context):
            self.seen = runtime_context.get_state(ValueStateDescriptor("seen", Types.BOOLEAN()))

        def filter(self, value):
            first = not self.seen.value()
            self.seen.update(True)
            return first

    keyed = env.from_collection(RECORDS).key_by(lambda r: r[0])
    assert collect(keyed.map(Count())) == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)]
    assert collect(keyed.filter(First())) == [("a", 1), ("b", 2)]


def test_keys_of_different_types_are_different_keys(env):
    def use(state, record):
        state.update((state.value() or 0) + 1)
        return record[0], state.value()

    keys = [1, True, 1.0, "1", (1, "x"), (1, "x"), None, b"1", 1, 2**80, 2**80]
    seen = run(
        env,
        "get_state",
        ValueStateDescriptor("n", Types.LONG()),
        use,
        [(key, 0) for key in keys],
    )
    assert [count for _, count in seen] == [1, 1, 1, 1, 1, 2, 1, 1, 2, 1, 2]


def failure_of(stream):
    with pytest.raises(JobExecutionError) as failed:
        collect(stream)
    return failed.value


def test_state_on_a_stream_without_keys_is_refused(env):
    class Wrong(ProcessFunction):
        def open(self, runtime_context):
            runtime_context.get_state(ValueStateDescriptor("n", Types.LONG()))

        def process_element(self, value, ctx):
            yield value

    failure = failure_of(env.from_collection([1]).process(Wrong()))
    assert isinstance(failure.__cause__, StateError)
    assert "key_by" in str(failure)


def test_one_name_with_two_types_is_refused(env):
    class Twice(KeyedProcessFunction):
        def open(self, runtime_context):
            runtime_context.get_state(ValueStateDescriptor("n", Types.LONG()))
            runtime_context.get_list_state(ListStateDescriptor("n", Types.STRING()))

        def process_element(self, value, ctx):
            yield value

    failure = failure_of(env.from_collection(RECORDS).key_by(lambda r: r[0]).process(Twice()))
    assert "'n' is declared twice" in str(failure)


def test_a_value_of_another_type_than_declared_is_refused(env):
    def use(state, record):
        state.update("text")

    keyed = env.from_collection(RECORDS).key_by(lambda r: r[0])
    descriptor = ValueStateDescriptor("n", Types.LONG())
    failure = failure_of(keyed.process(WithState("get_state", descriptor, use)))
    assert "'text'" in str(failure)


def test_state_without_a_key_at_hand_is_refused(env):
    class Early(KeyedProcessFunction):
        def open(self, runtime_context):
            runtime_context.get_state(ValueStateDescriptor("n", Types.LONG())).update(1)

        def process_element(self, value, ctx):
            yield value

    failure = failure_of(env.from_collection(RECORDS).key_by(lambda r: r[0]).process(Early()))
    assert "no current key" in str(failure)


def test_a_handle_that_outlives_its_job_says_so(env, monkeypatch):
    monkeypatch.setattr(builtins, "kept_states", [], raising=False)

    def use(state, record):
        import builtins  # functions are pickled: only a module is shared

        builtins.kept_states.append(state)

    run(env, "get_state", ValueStateDescriptor("n", Types.LONG()), use)
    with pytest.raises(RuntimeError, match="closed"):
        builtins.kept_states[0].value()
