"""Broadcast state: filled by one stream in every subtask, read beside another."""

import pytest

from pyflinkpp.common import Types
from pyflinkpp.common.errors import JobExecutionError, StateError
from pyflinkpp.datastream.functions import BroadcastProcessFunction, KeyedBroadcastProcessFunction
from pyflinkpp.datastream.state import MapStateDescriptor, ValueStateDescriptor

RULES = MapStateDescriptor("rules", Types.STRING(), Types.LONG())
COUNT = ValueStateDescriptor("count", Types.LONG())


def collect(stream):
    return list(stream.execute_and_collect())


def test_both_sides_see_one_state(env):
    class Rules(BroadcastProcessFunction):
        def process_element(self, value, ctx):
            yield "read", value, sorted(ctx.get_broadcast_state(RULES).items())

        def process_broadcast_element(self, value, ctx):
            ctx.get_broadcast_state(RULES).put(*value)

    rules = env.from_collection([("x", 1), ("y", 2)]).broadcast(RULES)
    read = collect(env.from_collection([1, 2]).connect(rules).process(Rules()))
    assert [value for _, value, _ in read] == [1, 2]
    assert read[-1][2] in ([], [("x", 1)], [("x", 1), ("y", 2)])


def test_the_keyed_side_has_keyed_state_and_timers_and_the_other_reaches_all_keys(env):
    class Rules(KeyedBroadcastProcessFunction):
        def open(self, runtime_context):
            self.count = runtime_context.get_state(COUNT)

        def process_element(self, value, ctx):
            self.count.update((self.count.value() or 0) + 1)
            ctx.timer_service().register_event_time_timer(1)

        def process_broadcast_element(self, value, ctx):
            counts = []
            ctx.apply_to_keyed_state(COUNT, lambda key, state: counts.append((key, state.value())))
            ctx.get_broadcast_state(RULES).put(value, len(counts))
            yield "all", sorted(counts)

        def on_timer(self, timestamp, ctx):
            yield ctx.get_current_key(), self.count.value(), ctx.get_broadcast_state(RULES).contains("r")

    keyed = env.from_collection(["a", "b", "a"]).key_by(lambda r: r)
    result = collect(keyed.connect(env.from_collection(["r"]).broadcast(RULES)).process(Rules()))
    assert ("a", 2, True) in result and ("b", 1, True) in result
    (counts,) = [seen for kind, *seen in result if kind == "all"]
    assert set(counts[0]) <= {("a", 1), ("a", 2), ("b", 1)}


def test_the_reading_side_can_not_write(env):
    class Wrong(BroadcastProcessFunction):
        def process_element(self, value, ctx):
            ctx.get_broadcast_state(RULES).put("x", 1)

        def process_broadcast_element(self, value, ctx):
            pass

    rules = env.from_collection([("x", 1)]).broadcast(RULES)
    with pytest.raises(JobExecutionError, match="put"):
        collect(env.from_collection([1]).connect(rules).process(Wrong()))


def test_a_state_that_was_not_declared_is_refused(env):
    class Wrong(BroadcastProcessFunction):
        def process_element(self, value, ctx):
            ctx.get_broadcast_state(MapStateDescriptor("other", Types.STRING(), Types.LONG()))

        def process_broadcast_element(self, value, ctx):
            pass

    rules = env.from_collection([("x", 1)]).broadcast(RULES)
    with pytest.raises(JobExecutionError, match="'other'") as failed:
        collect(env.from_collection([1]).connect(rules).process(Wrong()))
    assert isinstance(failed.value.__cause__, StateError)


def test_the_function_has_to_fit_the_stream(env):
    class Plain(BroadcastProcessFunction):
        def process_element(self, value, ctx):
            pass

        def process_broadcast_element(self, value, ctx):
            pass

    rules = env.from_collection([1]).broadcast(RULES)
    with pytest.raises(TypeError, match="KeyedBroadcastProcessFunction"):
        env.from_collection([1]).key_by(lambda r: r).connect(rules).process(Plain())
