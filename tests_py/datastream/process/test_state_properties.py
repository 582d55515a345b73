"""Timers and the life time of state, over any history, against models of a few lines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import Time, Types
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import KeyedProcessFunction
from pyflinkpp.datastream.state import (
    ListStateDescriptor,
    MapStateDescriptor,
    StateTtlConfig,
    ValueStateDescriptor,
)
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


#: Milliseconds, whether reading prolongs them, and whether what is over is still shown until it is gone.
LIFETIMES = st.tuples(st.integers(1, 10), st.booleans(), st.booleans())


def config(lifetime):
    millis, by_reading, shows_expired = lifetime
    # In the background, other keys' accesses would decide what is gone.
    builder = StateTtlConfig.new_builder(Time.milliseconds(millis)).disable_cleanup_in_background()
    if by_reading:
        builder.update_ttl_on_read_and_write()
    if shows_expired:
        builder.return_expired_if_not_cleaned_up()
    return builder.build()


class Calls(KeyedProcessFunction):
    """Calls its state as the record says: (key, method, arguments)."""

    def __init__(self, descriptor, lifetime):
        self.descriptor = descriptor
        descriptor.enable_time_to_live(config(lifetime))

    def open(self, runtime_context):
        getters = {
            ValueStateDescriptor: runtime_context.get_state,
            ListStateDescriptor: runtime_context.get_list_state,
            MapStateDescriptor: runtime_context.get_map_state,
        }
        self.state = getters[type(self.descriptor)](self.descriptor)

    def process_element(self, value, ctx):
        _, method, arguments = value
        result = getattr(self.state, method)(*arguments)
        yield result if result is None or isinstance(result, int) else list(result)


class Model:
    """State with a time to live, as Flink defines it."""

    def __init__(self, lifetime):
        self.millis, self.by_reading, self.shows_expired = lifetime
        self.now = 0

    def lives(self, since):
        return self.now < since + self.millis

    def read(self, held):
        """Of (value, since): the value or None, and what is held from then on."""
        if held is None:
            return None, None
        value, since = held
        if not self.lives(since):
            return value if self.shows_expired else None, None
        return value, (value, self.now if self.by_reading else since)


class ValueModel(Model):
    held = None

    def value(self):
        value, self.held = self.read(self.held)
        return value

    def update(self, value):
        self.held = value, self.now

    def clear(self):
        self.held = None


class ListModel(Model):
    held = ()

    def get(self):
        """Expired elements go when all are expired, or when reading writes the others anew."""
        live = [(value, since) for value, since in self.held if self.lives(since)]
        shown = [value for value, _ in (self.held if self.shows_expired else live)]
        if not live or self.by_reading:
            self.held = [(value, self.now) for value, _ in live]
        return shown

    def add(self, value):
        self.held = [*self.held, (value, self.now)]

    def update(self, values):
        self.held = [(value, self.now) for value in values]

    def clear(self):
        self.held = ()


class MapModel(Model):
    def __init__(self, lifetime):
        super().__init__(lifetime)
        self.held = {}

    def get(self, key):
        value, held = self.read(self.held.pop(key, None))
        if held is not None:
            self.held[key] = held
        return value

    def contains(self, key):
        return self.get(key) is not None

    def items(self):
        shown = [(key, self.get(key)) for key in sorted(self.held)]
        return [(key, value) for key, value in shown if value is not None]

    def put(self, key, value):
        self.held[key] = value, self.now

    def remove(self, key):
        self.held.pop(key, None)

    def clear(self):
        self.held = {}


SMALL = st.integers(0, 3)
NO_ARGUMENTS = st.just(())
CALLS = {
    ValueModel: [("value", NO_ARGUMENTS), ("update", st.tuples(SMALL)), ("clear", NO_ARGUMENTS)],
    ListModel: [
        ("get", NO_ARGUMENTS),
        ("get", NO_ARGUMENTS),
        ("add", st.tuples(SMALL)),
        ("add", st.tuples(SMALL)),
        ("update", st.tuples(st.lists(SMALL, max_size=3))),
        ("clear", NO_ARGUMENTS),
    ],
    MapModel: [
        ("get", st.tuples(SMALL)),
        ("contains", st.tuples(SMALL)),
        ("items", NO_ARGUMENTS),
        ("put", st.tuples(SMALL, SMALL)),
        ("put", st.tuples(SMALL, SMALL)),
        ("remove", st.tuples(SMALL)),
        ("clear", NO_ARGUMENTS),
    ],
}
STATES = {
    ValueModel: lambda: ValueStateDescriptor("v", Types.LONG()),
    ListModel: lambda: ListStateDescriptor("l", Types.LONG()),
    MapModel: lambda: MapStateDescriptor("m", Types.LONG(), Types.LONG()),
}


@pytest.mark.parametrize("kind", CALLS)
def test_state_lives_as_long_as_its_configuration_says(kind):
    calls = [st.tuples(KEYS, st.just(method), arguments) for method, arguments in CALLS[kind]]

    @settings(max_examples=2000, deadline=None)
    @given(LIFETIMES, st.lists(st.one_of(*calls, *[st.integers(1, 6)] * 3), max_size=12))
    def check(lifetime, history):
        models = {key: kind(lifetime) for key in "ab"}
        with harness_of(Calls(STATES[kind](), lifetime)) as harness:
            for step in history:
                if isinstance(step, int):
                    for model in models.values():
                        model.now += step
                    harness.set_processing_time(model.now)
                    continue
                key, method, arguments = step
                expected = getattr(models[key], method)(*arguments)
                harness.process_element(step)
                assert harness.take_values() == [expected]

    check()
