"""What values of a program's own classes may do, and may not, when a checkpoint writes them."""

from __future__ import annotations

import threading

import pytest

from datastream.environments import environment
from pyflinkpp.common import Time, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import (
    BroadcastProcessFunction,
    KeyedProcessFunction,
    MapFunction,
)
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import CheckpointedFunction
from pyflinkpp.datastream.state import (
    ListStateDescriptor,
    MapStateDescriptor,
    StateTtlConfig,
    ValueStateDescriptor,
)

PICKLED = Types.PICKLED_BYTE_ARRAY()
RULES = MapStateDescriptor("rules", Types.LONG(), PICKLED)
#: What a value does when it is pickled, and what came of it.
ACTIONS: dict = {}
OUTCOMES: dict = {}


class Reaching:
    """Tries all actions whenever it is pickled."""

    def __reduce__(self):
        for name, action in ACTIONS.items():
            try:
                action()
                OUTCOMES[name] = None
            except RuntimeError as error:
                OUTCOMES[name] = str(error)
        return list, ()


class Locked:
    """Can't be pickled."""

    def __init__(self):
        self.lock = threading.Lock()


def job_of(backend="hashmap", tolerated=0, **options):
    settings = {
        "execution.checkpointing.interval": "10 ms",
        "execution.checkpointing.tolerable-failed-checkpoints": str(tolerated),
        "restart-strategy.type": "none",
        **options,
    }
    return environment(1, backend=backend, batch_size=16, options=settings)


def numbers(env, last=10**12):
    source = NumberSequenceSource(0, last)
    return env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())


class Keeps(KeyedProcessFunction):
    """One value in a state of each kind, for each key."""

    def __init__(self, kinds, value, ttl=False, acts=()):
        self.kinds, self.value, self.ttl, self.acts = kinds, value, ttl, acts

    def open(self, context):
        def with_ttl(descriptor):
            if self.ttl:
                descriptor.enable_time_to_live(StateTtlConfig.new_builder(Time.milliseconds(3)).build())
            return descriptor

        self.one = context.get_state(with_ttl(ValueStateDescriptor("one", PICKLED)))
        self.some = context.get_list_state(with_ttl(ListStateDescriptor("some", PICKLED)))
        self.by_number = context.get_map_state(
            with_ttl(MapStateDescriptor("by number", Types.LONG(), PICKLED))
        )
        actions = {
            "read": lambda: (self.one.value(), list(self.some.get()), list(self.by_number.items())),
            "update": lambda: self.one.update(1),
            "clear": lambda: self.one.clear(),
            "add": lambda: [self.some.add(n) for n in range(100)],
            "clear list": lambda: self.some.clear(),
            "put": lambda: [self.by_number.put(n, n) for n in range(100)],
            "clear map": lambda: self.by_number.clear(),
        }
        ACTIONS.update({name: actions[name] for name in self.acts})

    def process_element(self, value, ctx):
        if "value" in self.kinds:
            self.one.update(self.value())
        if "list" in self.kinds:
            self.some.update([self.value() for _ in range(3)])
        if "map" in self.kinds:
            for n in range(3):
                self.by_number.put(n, self.value())
        yield value


@pytest.fixture(autouse=True)
def nothing_to_do():
    ACTIONS.clear()
    OUTCOMES.clear()
    yield
    ACTIONS.clear()


ACTS = ("read", "update", "clear", "add", "clear list", "put", "clear map")


@pytest.mark.parametrize("ttl", [False, True])
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_the_state_that_is_written_is_out_of_reach(backend, act, ttl):
    function = Keeps(("value", "list", "map"), Reaching, ttl, (act,))
    kept = numbers(job_of(backend)).key_by(lambda n: n % 97, Types.LONG()).process(function, Types.LONG())
    with kept.execute_and_collect() as results:
        for _ in results:
            if OUTCOMES and "there is no current key" not in str(OUTCOMES[act]):
                break
    assert "can't be used while a value of it is written" in OUTCOMES[act]


class Rules(BroadcastProcessFunction):
    def process_element(self, value, ctx):
        yield value

    def process_broadcast_element(self, value, ctx):
        rules = ctx.get_broadcast_state(RULES)
        rules.put(value, Reaching())
        ACTIONS["broadcast"] = lambda: [rules.remove(n) for n in range(100)]
        ACTIONS["read broadcast"] = lambda: list(rules.items())


def test_neither_can_broadcast_state_be_reached():
    env = job_of()
    broadcast = numbers(env).map(lambda n: n % 10, Types.LONG()).broadcast(RULES)
    with numbers(env).connect(broadcast).process(Rules(), Types.LONG()).execute_and_collect() as results:
        for _ in results:
            if OUTCOMES:
                break
    assert all("can't be used while" in outcome for outcome in OUTCOMES.values())


class Holds(MapFunction, CheckpointedFunction):
    """Lists of the subtask."""

    def __init__(self, value):
        self.value = value

    def initialize_state(self, context):
        self.held = context.get_operator_state_store().get_list_state(ListStateDescriptor("held", PICKLED))
        ACTIONS["add"] = lambda: [self.held.add(n) for n in range(1000)]
        ACTIONS["clear"] = lambda: self.held.clear()

    def snapshot_state(self, context):
        self.held.update([self.value() for _ in range(3)])

    def map(self, value):
        return value


def test_lists_may_change_while_they_are_written():
    with numbers(job_of()).map(Holds(Reaching), Types.LONG()).execute_and_collect() as results:
        for _ in results:
            if len(OUTCOMES) == 2:
                break
    assert OUTCOMES == {"add": None, "clear": None}


class Clears:
    """Is in a list, and empties it when it is pickled."""

    def __init__(self, container):
        self.container = container

    def __reduce__(self):
        self.container.clear()
        return list, ()


def emptied_list():
    items = []
    items += [Clears(items), [object()], [object()]]
    return items


def emptied_dict():
    items = {}
    items.update({1: Clears(items), 2: [object()], 3: [object()]})
    return items


@pytest.mark.parametrize(("value", "kind"), [(emptied_list, "list"), (emptied_dict, "dict")])
def test_a_container_that_changes_as_it_is_written_is_refused(value, kind):
    kept = numbers(job_of()).key_by(lambda n: n % 7, Types.LONG()).process(Keeps(("value",), value))
    with (
        pytest.raises(JobExecutionError, match=f"'one' for key .*: RuntimeError: a {kind} was changed"),
        kept.execute_and_collect() as results,
    ):
        for _ in results:
            pass


@pytest.mark.parametrize(("kind", "name"), [("value", "one"), ("list", "some"), ("map", "by number")])
@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_what_cannot_be_pickled_is_named(backend, kind, name):
    keyed = numbers(job_of(backend)).key_by(lambda n: f"k{n % 2}", Types.STRING())
    kept = keyed.process(Keeps((kind,), Locked), Types.LONG()).name("keeping")
    with pytest.raises(JobExecutionError) as failure, kept.execute_and_collect() as results:
        for _ in results:
            pass
    text = str(failure.value)
    assert "'keeping'" in text
    assert f"the value of '{name}' for key 'k" in text
    assert "could not be written: TypeError: cannot pickle '_thread.lock' object; keep what pickle" in text


def test_an_item_of_a_list_that_cannot_be_pickled_is_named():
    held = numbers(job_of()).map(Holds(Locked), Types.LONG()).name("holding")
    with (
        pytest.raises(
            JobExecutionError, match=r"(?s)'holding'.*an item of the list state 'held' could not be"
        ),
        held.execute_and_collect() as results,
    ):
        for _ in results:
            pass
