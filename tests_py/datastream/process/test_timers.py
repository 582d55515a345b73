"""Timers and time in process functions."""

import pytest

from pyflinkpp.common import Types
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream.functions import KeyedCoProcessFunction, KeyedProcessFunction, ProcessFunction
from pyflinkpp.datastream.output_tag import OutputTag
from pyflinkpp.datastream.state import ValueStateDescriptor

MIN, MAX = -(2**63), 2**63 - 1


def collect(stream):
    return list(stream.execute_and_collect())


def process(env, function, records=("a", "b", "a")):
    return collect(env.from_collection(list(records)).key_by(lambda r: r).process(function))


def test_event_timers_fire_in_order_once_for_each_key_at_the_end_of_input(env):
    class Timers(KeyedProcessFunction):
        def process_element(self, value, ctx):
            for time in (30, 10, 20, 10):
                ctx.timer_service().register_event_time_timer(time)

        def on_timer(self, timestamp, ctx):
            yield timestamp, ctx.get_current_key(), ctx.timestamp(), ctx.time_domain().name

    assert process(env, Timers()) == [
        (time, key, time, "EVENT_TIME") for time in (10, 20, 30) for key in ("a", "b")
    ]


def test_a_deleted_timer_does_not_fire(env):
    class Deleted(KeyedProcessFunction):
        def process_element(self, value, ctx):
            ctx.timer_service().register_event_time_timer(10)
            ctx.timer_service().register_event_time_timer(20)
            ctx.timer_service().delete_event_time_timer(10)
            ctx.timer_service().delete_event_time_timer(99)

        def on_timer(self, timestamp, ctx):
            yield timestamp

    assert process(env, Deleted(), ["a"]) == [20]


def test_a_timer_may_set_timers_and_state(env):
    class Chain(KeyedProcessFunction):
        def open(self, runtime_context):
            self.fired = runtime_context.get_state(ValueStateDescriptor("fired", Types.LONG()))

        def process_element(self, value, ctx):
            ctx.timer_service().register_event_time_timer(1)

        def on_timer(self, timestamp, ctx):
            self.fired.update((self.fired.value() or 0) + 1)
            if timestamp < 4:
                ctx.timer_service().register_event_time_timer(timestamp + 1)
            watermark = ctx.timer_service().current_watermark()
            yield ctx.get_current_key(), timestamp, self.fired.value(), watermark

    assert process(env, Chain(), ["a"]) == [("a", t, t, MAX) for t in (1, 2, 3, 4)]


def test_a_timer_gives_any_number_of_results_and_side_outputs(env):
    side = OutputTag("side", Types.LONG())

    class Many(KeyedProcessFunction):
        def process_element(self, value, ctx):
            ctx.timer_service().register_event_time_timer(1)

        def on_timer(self, timestamp, ctx):
            for i in range(10_000):
                yield i
                if i % 1000 == 0:
                    yield side, i

    main = env.from_collection(["a"]).key_by(lambda r: r).process(Many())
    assert collect(main) == list(range(10_000))
    assert collect(main.get_side_output(side)) == list(range(0, 10_000, 1000))


def test_before_any_watermark_time_is_at_its_beginning(env):
    class Times(KeyedProcessFunction):
        def process_element(self, value, ctx):
            now = ctx.timer_service().current_processing_time()
            yield ctx.timer_service().current_watermark(), ctx.timestamp(), now > 1_700_000_000_000

    assert process(env, Times(), ["a"]) == [(MIN, MIN, True)]


def test_both_inputs_share_state_and_timers(env):
    class Both(KeyedCoProcessFunction):
        def open(self, runtime_context):
            self.seen = runtime_context.get_state(ValueStateDescriptor("seen", Types.STRING()))

        def process_element1(self, value, ctx):
            self.seen.update((self.seen.value() or "") + "1")
            ctx.timer_service().register_event_time_timer(5)

        def process_element2(self, value, ctx):
            self.seen.update((self.seen.value() or "") + "2")
            ctx.timer_service().register_event_time_timer(5)

        def on_timer(self, timestamp, ctx):
            yield ctx.get_current_key(), "".join(sorted(self.seen.value()))

    first, second = env.from_collection(["a", "b"]), env.from_collection(["a", "a"])
    both = first.connect(second).key_by(lambda r: r, lambda r: r).process(Both())
    assert collect(both) == [("a", "122"), ("b", "1")]


def test_timers_without_keys_are_refused(env):
    class Wrong(ProcessFunction):
        def process_element(self, value, ctx):
            ctx.timer_service().register_event_time_timer(1)

    with pytest.raises(JobExecutionError, match="keyed stream"):
        collect(env.from_collection([1]).process(Wrong()))


def test_a_failing_timer_names_the_operator(env):
    class Fails(KeyedProcessFunction):
        def process_element(self, value, ctx):
            ctx.timer_service().register_event_time_timer(1)
            yield value

        def on_timer(self, timestamp, ctx):
            raise ValueError("no time")

    with pytest.raises(JobExecutionError, match="KeyedProcess") as failed:
        process(env, Fails())
    assert isinstance(failed.value.__cause__, ValueError)
