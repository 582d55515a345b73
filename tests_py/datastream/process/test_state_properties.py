"""Timers and the life time of state, over any history, against models of a few lines."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import Time, Types
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import KeyedProcessFunction
from pyflinkpp.datastream.state import StateTtlConfig, ValueStateDescriptor
from pyflinkpp.testing import OperatorHarness

KEYS = st.sampled_from("ab")


def harness_of(function):
    env = StreamExecutionEnvironment.get_execution_environment()
    return OperatorHarness(env.from_collection([]).key_by(lambda record: record[0]).process(function))


class Timers(KeyedProcessFunction):
    """Does with its timers what the record says: (key, method, time)."""

    def process_element(self, value, ctx):
        getattr(ctx.timer_service(), value[1])(value[2])

    def on_timer(self, timestamp, ctx):
        yield timestamp, ctx.get_current_key(), ctx.time_domain().name


TIMES = st.integers(0, 60)
CHANGES = st.tuples(
    KEYS,
    st.sampled_from(
        [
            f"{change}_{domain}_time_timer"
            for change in ("register", "register", "delete")
            for domain in ("event", "processing")
        ]
    ),
    TIMES,
)


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.one_of(CHANGES, st.tuples(st.sampled_from(["watermark", "clock"]), TIMES)), max_size=25))
def test_timers_fire_once_in_order_when_their_time_has_come(history):
    """One of event time at a watermark that has reached it, one of processing time once its millisecond is
    over; behind time as soon as time moves on."""
    now = {"EVENT_TIME": -1, "PROCESSING_TIME": 0}
    timers = {"EVENT_TIME": set(), "PROCESSING_TIME": set()}

    def due(domain, by):
        fired = sorted(timer for timer in timers[domain] if timer[0] <= by)
        timers[domain].difference_update(fired)
        return [(*timer, domain) for timer in fired]

    with harness_of(Timers()) as harness:
        for step in history:
            expected = []
            if step[0] == "watermark":
                if step[1] <= now["EVENT_TIME"]:
                    continue
                now["EVENT_TIME"] = step[1]
                harness.process_watermark(step[1])
                expected = due("EVENT_TIME", step[1])
            elif step[0] == "clock":
                if step[1] <= now["PROCESSING_TIME"]:
                    continue
                now["PROCESSING_TIME"] = step[1]
                harness.set_processing_time(step[1])
                expected = due("PROCESSING_TIME", step[1] - 1)
            else:
                key, method, time = step
                change, domain = method.split("_")[:2]
                domain = f"{domain.upper()}_TIME"
                harness.process_element(step)
                if change == "register":
                    timers[domain].add((time, key))
                else:
                    timers[domain].discard((time, key))
                expected = due("PROCESSING_TIME", now["PROCESSING_TIME"] - 1)
            assert harness.take_values() == expected


class Remembers(KeyedProcessFunction):
    """Reads or writes its value: (key, value to write or None)."""

    def __init__(self, ttl):
        self.ttl = ttl

    def open(self, runtime_context):
        descriptor = ValueStateDescriptor("v", Types.LONG())
        descriptor.enable_time_to_live(self.ttl)
        self.state = runtime_context.get_state(descriptor)

    def process_element(self, value, ctx):
        if value[1] is None:
            yield self.state.value()
        else:
            self.state.update(value[1])


@settings(max_examples=2000, deadline=None)
@given(
    st.integers(1, 10),
    st.booleans(),
    st.lists(st.one_of(st.tuples(KEYS, st.one_of(st.none(), st.integers())), st.integers(1, 6)), max_size=25),
)
def test_a_value_lives_as_long_as_its_configuration_says(millis, by_reading, history):
    builder = StateTtlConfig.new_builder(Time.milliseconds(millis))
    ttl = (builder.update_ttl_on_read_and_write() if by_reading else builder).build()
    now, values = 0, {}
    with harness_of(Remembers(ttl)) as harness:
        for step in history:
            if isinstance(step, int):
                now += step
                harness.set_processing_time(now)
                continue
            key, written = step
            if written is not None:
                written %= 1 << 62
                values[key] = written, now
                harness.process_element((key, written))
                continue
            harness.process_element(step)
            value, touched = values.get(key, (None, now))
            if now >= touched + millis:
                value = None
            elif by_reading and value is not None:
                values[key] = value, now
            assert harness.take_values() == [value]
