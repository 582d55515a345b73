"""State that is asked for from outside of a running job."""

from __future__ import annotations

import threading
import time

import pytest

from datastream import environments
from pyflinkpp._impl.read_only_states import read_only_state
from pyflinkpp._impl.simulated_job import Simulation, simulated
from pyflinkpp.common import RestartStrategies, Row, Time, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError, NotBuiltError, StateError, UnknownKeyOrNamespaceError
from pyflinkpp.datastream import (
    AggregateFunction,
    KeyedProcessFunction,
    MapFunction,
    ProcessWindowFunction,
)
from pyflinkpp.datastream.data_stream import QueryableStateStream
from pyflinkpp.datastream.state import (
    AggregatingState,
    AggregatingStateDescriptor,
    ListState,
    ListStateDescriptor,
    MapState,
    MapStateDescriptor,
    ReducingState,
    ReducingStateDescriptor,
    StateTtlConfig,
    ValueState,
    ValueStateDescriptor,
)
from pyflinkpp.testing import ManualSource

BACKENDS = ["hashmap", "rocksdb"]
KEYS = range(20)


class Bag:
    """A value that only Python knows."""

    def __init__(self, *things):
        self.things = things

    def __eq__(self, other):
        return isinstance(other, Bag) and self.things == other.things

    def __hash__(self):
        return hash(self.things)


class Mean(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + value, accumulator[1] + 1

    def get_result(self, accumulator):
        return accumulator[0] / accumulator[1]

    def merge(self, a, b):
        return a[0] + b[0], a[1] + b[1]


def descriptors():
    """One of each kind, queryable under its name with a Q."""
    described = [
        ValueStateDescriptor("value", Types.PICKLED_BYTE_ARRAY()),
        ListStateDescriptor("list", Types.ROW([Types.INT(), Types.STRING()])),
        MapStateDescriptor("map", Types.STRING(), Types.LONG()),
        ReducingStateDescriptor("sum", lambda a, b: a + b, Types.LONG()),
        AggregatingStateDescriptor("mean", Mean(), Types.TUPLE([Types.LONG(), Types.LONG()])),
    ]
    for descriptor in described:
        descriptor.set_queryable(f"Q{descriptor.name}")
    return {descriptor.name: descriptor for descriptor in described}


class Remember(KeyedProcessFunction):
    def open(self, runtime_context):
        of = descriptors()
        self.value = runtime_context.get_state(of["value"])
        self.list = runtime_context.get_list_state(of["list"])
        self.map = runtime_context.get_map_state(of["map"])
        self.sum = runtime_context.get_reducing_state(of["sum"])
        self.mean = runtime_context.get_aggregating_state(of["mean"])
        self.secret = runtime_context.get_state(ValueStateDescriptor("secret", Types.LONG()))

    def process_element(self, value, ctx):
        key, number = value
        self.value.update(Bag(key, number))
        self.list.add(Row(number, str(number)))
        self.map.put(str(number), number)
        self.sum.add(number)
        self.mean.add(number)
        self.secret.update(number)
        yield value


def stream_of(env, source):
    return env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers")


def remembering(backend="hashmap", parallelism=2, key_type=None, savepoint=None, **options):
    """A stream of (key, number), and what feeds it."""
    source = ManualSource()
    env = environments.environment(parallelism, backend=backend, savepoint=savepoint, options=options)
    stream = stream_of(env, source).uid("numbers").key_by(lambda pair: pair[0], key_type)
    return stream.process(Remember()).uid("remember"), source


def send(source, results, pairs):
    source.send(*pairs)
    for _ in pairs:
        next(results)


def state(results, name, key, **how):
    return results.get_job_client().get_kv_state(name, key, **how).result(30)


def eventually(client, name, key, expected, **how):
    until = time.monotonic() + 30
    found = None
    while time.monotonic() < until:
        try:
            found = client.get_kv_state(name, key, **how).result(30)
        except StateError:
            continue
        if (found.get() if isinstance(found, ReducingState) else found.value()) == expected:
            return found
    pytest.fail(f"{name} of {key} is not {expected!r} but {found and found.value()!r}")


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_kind_of_state_is_found_by_key(backend):
    stream, source = remembering(backend, parallelism=3)
    of = descriptors()
    with stream.execute_and_collect() as results:
        send(source, results, [(key, number) for number in (1, 2, 6) for key in KEYS])
        for key in KEYS:
            value = state(results, "Qvalue", key)
            assert isinstance(value, ValueState) and value.value() == Bag(key, 6)
            elements = state(results, "Qlist", key, state_descriptor=of["list"])
            assert isinstance(elements, ListState)
            assert list(elements) == elements.get() == [Row(n, str(n)) for n in (1, 2, 6)]
            entries = state(results, "Qmap", key)
            assert isinstance(entries, MapState) and not entries.is_empty()
            assert entries.get("2") == entries["2"] == 2 and entries.get("3") is None
            assert entries.contains("1") and "6" in entries and "3" not in entries
            assert sorted(entries.items()) == [("1", 1), ("2", 2), ("6", 6)]
            assert sorted(entries.keys()) == sorted(entries) == ["1", "2", "6"]
            assert sorted(entries.values()) == [1, 2, 6]
            total = state(results, "Qsum", key, state_descriptor=of["sum"])
            assert isinstance(total, ReducingState) and total.get() == 9
            mean = state(results, "Qmean", key, state_descriptor=of["mean"])
            assert isinstance(mean, AggregatingState) and mean.get() == 3.0
        assert state(results, "Qsum", 0).value() == 9
        assert state(results, "Qmean", 0).value() == (9, 3)
        send(source, results, [(0, 100)])
        assert value.value() == Bag(19, 6)
        assert state(results, "Qvalue", 0).value() == Bag(0, 100)


def test_what_is_found_can_only_be_read():
    stream, source = remembering()
    of = descriptors()
    with stream.execute_and_collect() as results:
        send(source, results, [("a", 1)])
        found = {name: state(results, f"Q{name}", "a", state_descriptor=of[name]) for name in of}
        for refused in (
            lambda: found["value"].update(2),
            lambda: found["list"].add(2),
            lambda: found["list"].add_all([2]),
            lambda: found["list"].update([2]),
            lambda: found["map"].put("x", 2),
            lambda: found["map"].__setitem__("x", 2),
            lambda: found["map"].put_all({"x": 2}),
            lambda: found["map"].remove("1"),
            lambda: found["map"].__delitem__("1"),
            lambda: found["sum"].add(2),
            lambda: found["mean"].add(2),
            *(found[name].clear for name in found),
        ):
            with pytest.raises(StateError, match="read-only"):
                refused()
        assert found["sum"].get() == 1


def test_arguments_are_checked_where_it_is_asked():
    stream, source = remembering()
    with stream.execute_and_collect() as results:
        send(source, results, [("a", 1)])
        ask = results.get_job_client().get_kv_state
        with pytest.raises(TypeError, match="key_type_info must be a TypeInformation"):
            ask("Qvalue", "a", Types.STRING)
        with pytest.raises(TypeError, match="state_descriptor must be a StateDescriptor"):
            ask("Qvalue", "a", None, "value")


def test_a_map_has_all_entries_that_the_job_has():
    found = read_only_state("Q", "map", [("a", None, key, str(key)) for key in (1, True, 1.0)], None)
    assert [(found.get(key), found.contains(key)) for key in (1, True, 1.0)] == [
        ("1", True),
        ("True", True),
        ("1.0", True),
    ]
    assert len(found.items()) == len(found.keys()) == len(found.values()) == 3


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_not_there_is_named(backend):
    stream, source = remembering(backend)
    with stream.execute_and_collect("bags") as results:
        send(source, results, [("a", 1)])
        for name in ("Qvalue", "Qlist", "Qmap"):
            with pytest.raises(UnknownKeyOrNamespaceError, match=f"'{name}' of the job 'bags' .* key 'z'"):
                state(results, name, "z")
        with pytest.raises(
            StateError, match=r"'bags' has no queryable state 'value'; there are: 'Qlist', 'Qmap', 'Qmean', "
        ):
            state(results, "value", "a")
        with pytest.raises(StateError, match=r"'Qmap' is a map, and ListStateDescriptor\('list'"):
            state(results, "Qmap", "a", state_descriptor=descriptors()["list"])
    with pytest.raises(StateError, match=r"the job 'bags' has ended \(CANCELED\).* 'Qvalue'"):
        state(results, "Qvalue", "a")


def test_keys_are_those_of_the_stream():
    stream, source = remembering(key_type=Types.TUPLE([Types.FLOAT(), Types.STRING()]))
    with stream.execute_and_collect() as results:
        send(source, results, [((0.1, "a"), 1), ((2, "b"), 2)])
        assert state(results, "Qsum", (0.1, "a")).value() == 1
        assert state(results, "Qsum", [2, "b"]).value() == 2
        key_type = Types.TUPLE([Types.FLOAT(), Types.STRING()])
        assert state(results, "Qsum", (2, "b"), key_type_info=key_type).value() == 2
        with pytest.raises(TypeError, match="the key 'a' is not of the declared key_type"):
            state(results, "Qsum", "a")
    stream, source = remembering()
    with stream.execute_and_collect() as results:
        send(source, results, [(1, 10), (True, 20), ("1", 30), (None, 40), ([1, 2], 50)])
        for key, number in [(1, 10), (True, 20), ("1", 30), (None, 40), ([1, 2], 50)]:
            assert state(results, "Qsum", key).value() == number
        assert state(results, "Qsum", "1", key_type_info=Types.PICKLED_BYTE_ARRAY()).value() == 30


@pytest.mark.parametrize("backend", BACKENDS)
def test_many_ask_while_records_and_checkpoints_go_on(backend):
    stream, source = remembering(backend, **{"execution.checkpointing.interval": "10 ms"})
    with stream.execute_and_collect() as results:
        client = results.get_job_client()
        send(source, results, [(key, 1) for key in KEYS])
        stop = threading.Event()
        answers, failures = [], []

        def ask(key):
            last = 0
            while not stop.is_set():
                try:
                    total = client.get_kv_state("Qsum", key).result(30).value()
                    assert total >= last and total <= len(KEYS) * 100
                    last = total
                    answers.append(total)
                except BaseException as error:
                    failures.append(error)
                    return

        threads = [threading.Thread(target=ask, args=(key,)) for key in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for _ in range(99):
            send(source, results, [(key, 1) for key in KEYS])
        stop.set()
        for thread in threads:
            thread.join(30)
        assert not failures and len(answers) > 20
        for key in KEYS:
            assert state(results, "Qsum", key).value() == 100
            assert len(state(results, "Qlist", key).get()) == 100


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_rescaled_job_is_asked_where_its_state_went(backend, tmp_path):
    savepoint = None
    for parallelism in (1, 3, 2):
        stream, source = remembering(backend, parallelism, savepoint=savepoint)
        with stream.execute_and_collect() as results:
            send(source, results, [(key, key) for key in KEYS])
            for key in KEYS:
                total = state(results, "Qsum", key).value()
                assert total == key * (1 if savepoint is None else 2 if parallelism == 3 else 3)
            savepoint = results.get_job_client().stop_with_savepoint(False, str(tmp_path)).result(60)


class FailOnce(MapFunction):
    def map(self, value):
        if value == ("boom", self.attempt):
            raise ValueError("boom")
        return value

    def open(self, runtime_context):
        self.attempt = runtime_context.get_attempt_number()


def test_a_restarted_job_is_asked_where_it_runs():
    source = ManualSource()
    env = environments.environment(2)
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(3, 200))
    stream_of(env, source).map(FailOnce()).key_by(lambda pair: pair[0]).process(Remember())
    client = env.execute_async()
    try:
        source.send(("a", 1))
        eventually(client, "Qsum", "a", 1)
        source.send(("boom", 0))
        refused = ""
        while "has ended or starts over" not in refused:
            try:
                client.get_kv_state("Qsum", "a").result(30)
            except StateError as error:
                refused = str(error)
        source.send(("a", 5))
        eventually(client, "Qsum", "a", 5)
    finally:
        client.cancel().result(30)


class AskOneself(MapFunction):
    def map(self, value):
        try:
            clients[0].get_kv_state("Qsum", "a").result(30)
        except StateError as error:
            return str(error)
        return "answered"


clients: list = []


def test_a_function_of_the_job_itself_is_refused():
    source = ManualSource()
    env = environments.environment(1)
    stream = stream_of(env, source).key_by(lambda pair: pair[0]).process(Remember()).map(AskOneself())
    with stream.execute_and_collect() as results:
        clients[:] = [results.get_job_client()]
        source.send(("a", 1))
        assert "a function of the job asks for the queryable state 'Qsum'" in next(results)
        other, more = remembering()
        with other.execute_and_collect() as others:
            send(more, others, [("a", 7)])
            clients[:] = [others.get_job_client()]
            source.send(("a", 1))
            assert next(results) == "answered"
    clients.clear()


class CountWindows(ProcessWindowFunction):
    def process(self, key, context, elements):
        fired = ValueStateDescriptor("fired", Types.LONG())
        fired.set_queryable("windows")
        fired = context.global_state().get_state(fired)
        fired.update((fired.value() or 0) + 1)
        yield key


def test_what_windows_have_in_common_is_found():
    source = ManualSource()
    env = environments.environment(2)
    pairs = stream_of(env, source).key_by(lambda pair: pair[0]).count_window(2)
    with pairs.process(CountWindows()).execute_and_collect() as results:
        source.send(("a", 1), ("b", 1), ("a", 2), ("a", 3), ("a", 4))
        assert [next(results), next(results)] == ["a", "a"]
        assert state(results, "windows", "a").value() == 2
        with pytest.raises(StateError, match=r"nothing for the key 'b'|has not asked yet"):
            state(results, "windows", "b")


# -- as_queryable_state


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_stream_is_kept_as_state(backend):
    source = ManualSource()
    env = environments.environment(2, backend=backend)
    by_key = stream_of(env, source).key_by(lambda pair: pair[0], Types.STRING())
    last = by_key.as_queryable_state("last")
    sums = by_key.map(lambda pair: pair[1], Types.LONG()).key_by(lambda n: n % 2, Types.LONG())
    reduced = sums.as_queryable_state(
        "sums", ReducingStateDescriptor("sum", lambda a, b: a + b, Types.LONG())
    ).uid("sums")
    assert isinstance(last, QueryableStateStream) and last.get_queryable_state_name() == "last"
    assert last.get_state_descriptor() == ValueStateDescriptor("last", Types.PICKLED_BYTE_ARRAY())
    assert last.get_key_type() == Types.STRING()
    client = env.execute_async("kept")
    try:
        source.send(("a", 1), ("b", 2), ("a", 3), ("b", 5))
        eventually(client, "last", "a", ("a", 3))
        eventually(client, "last", "b", ("b", 5), state_descriptor=last.get_state_descriptor())
        eventually(client, "sums", 1, 9, state_descriptor=reduced.get_state_descriptor())
        eventually(client, "sums", 0, 2)
    finally:
        client.cancel().result(30)


def test_streams_are_kept_as_values_only():
    env = environments.environment(1)
    keyed = env.from_collection([1]).key_by(lambda n: n)
    of = descriptors()
    for name in ("list", "map", "mean"):
        with pytest.raises(TypeError, match="as_queryable_state takes a ValueStateDescriptor or a Reducing"):
            keyed.as_queryable_state("q", of[name])
    with pytest.raises(ValueError, match="queryable as 'Qsum' already, and can't be as 'q' too"):
        keyed.as_queryable_state("q", of["sum"])
    with pytest.raises(ValueError, match="state name must not be empty"):
        keyed.as_queryable_state("")


def test_two_operators_cannot_have_one_name():
    env = environments.environment(1)
    keyed = env.from_collection([1]).key_by(lambda n: n)
    keyed.as_queryable_state("q")
    keyed.map(lambda n: n).name("other").key_by(lambda n: n).as_queryable_state(
        "q", ValueStateDescriptor("mine", Types.LONG())
    )
    with pytest.raises(JobExecutionError) as failed:
        env.execute()
    for part in ("the queryable name 'q'", "the state 'q' of 'Queryable state: q'", "the state 'mine' of"):
        assert part in str(failed.value) + str(failed.value.__cause__)


# -- descriptors


def test_queryable_state_does_not_expire():
    ttl = StateTtlConfig.new_builder(Time.seconds(1)).build()
    first = ValueStateDescriptor("v", Types.LONG())
    first.enable_time_to_live(ttl)
    with pytest.raises(ValueError, match="'v' can't be queryable, as 'q', and have a time to live"):
        first.set_queryable("q")
    assert not first.is_queryable() and first.get_queryable_state_name() is None
    second = MapStateDescriptor("m", Types.LONG(), Types.LONG())
    second.set_queryable("q")
    with pytest.raises(ValueError, match="'m' can't be queryable, as 'q', and have a time to live"):
        second.enable_time_to_live(ttl)
    second.enable_time_to_live(
        StateTtlConfig.new_builder(Time.seconds(1))
        .set_update_type(StateTtlConfig.UpdateType.Disabled)
        .build()
    )
    assert second.is_queryable() and second.get_queryable_state_name() == "q"
    with pytest.raises(ValueError, match="'m' is queryable as 'q' already, and can't be as 'r' too"):
        second.set_queryable("r")


def test_a_simulated_job_is_not_asked():
    env = environments.environment(1)
    numbers = env.from_collection([("a", 1)]).key_by(lambda pair: pair[0]).process(Remember())
    with (
        simulated(Simulation(seed=1)),
        numbers.execute_and_collect() as results,
        pytest.raises(NotBuiltError, match="a simulated job is not asked"),
    ):
        state(results, "Qsum", "a")
