"""Accumulators and metrics of functions, as the client sees them."""

import threading

import pytest

from pyflinkpp.common.accumulators import Histogram, IntCounter, ListAccumulator
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream.functions import FilterFunction, MapFunction, SinkFunction


class Reporting(MapFunction):
    def open(self, runtime_context):
        self.seen = IntCounter()
        runtime_context.add_accumulator("seen", self.seen)
        assert runtime_context.get_accumulator("seen") is self.seen
        assert runtime_context.get_accumulator("other") is None
        self.lengths = runtime_context.get_histogram("lengths")
        group = runtime_context.get_metrics_group()
        self.counter = group.add_group("words").counter("count")
        self.meter = group.meter("speed")
        self.sizes = group.distribution("sizes")
        group.gauge("last", lambda: self.last)
        self.last = None

    def map(self, value):
        self.seen.add(1)
        self.lengths.add(len(value))
        self.counter.inc()
        self.meter.mark_event()
        self.sizes.update(len(value))
        self.last = value
        return value


WORDS = ["to", "be", "or", "not"]


def test_accumulators_are_merged_over_subtasks(make_env):
    env = make_env(parallelism=2)
    env.from_collection(WORDS).map(Reporting()).add_sink(Collecting())
    result = env.execute()
    assert result.get_accumulator_result("seen") == 4
    assert result.get_accumulator_result("lengths") == {2: 3, 3: 1}
    assert sorted(result.get_all_accumulator_results()["sunk"]) == sorted(WORDS)
    assert result.get_accumulator_result("none") is None
    assert "- seen: 4" in str(result)


class Collecting(SinkFunction):
    def open(self, runtime_context):
        self.sunk = ListAccumulator()
        runtime_context.add_accumulator("sunk", self.sunk)

    def invoke(self, value, context):
        self.sunk.add(value)


def test_accumulators_can_be_read_while_the_job_runs(env):
    _gate.clear()
    env.from_collection(WORDS).map(Reporting()).map(_wait_for_gate)
    client = env.execute_async()
    while client.get_accumulators().result(10).get("seen", 0) < 4:
        pass
    _gate.set()
    assert client.get_job_execution_result().result(10).get_accumulator_result("seen") == 4
    assert client.get_accumulators().result(10)["seen"] == 4


_gate = threading.Event()


def _wait_for_gate(value):
    import sys

    sys.modules[__name__]._gate.wait(30)
    return value


def test_metrics_have_the_names_that_flink_gives_them(env):
    env.from_collection(WORDS).map(Reporting()).name("words")
    client = env.execute_async("my job")
    client.get_job_execution_result().result(10)
    metrics = client.metrics()
    scope = "localhost.taskmanager.local.my job.words.0."
    assert metrics[scope + "words.count"] == 4
    assert metrics[scope + "speed.count"] == 4
    assert metrics[scope + "sizes.max"] == 3
    assert metrics[scope + "last"] == "not"
    assert metrics[scope + "numRecordsIn"] == metrics[scope + "numRecordsOut"] == 4


def test_the_scope_is_configurable_and_user_metrics_can_be_left_out(make_env):
    env = make_env(**{"metrics__scope__operator": "<job_name>/<operator_name>.<subtask_index>"})
    env.from_collection(WORDS).map(Reporting()).name("words")
    client = env.execute_async("job")
    client.get_job_execution_result().result(10)
    assert client.metrics()["job/words.0.words.count"] == 4
    env = make_env(**{"python__metric__enabled": "false"})
    env.from_collection(WORDS).map(Reporting()).name("words")
    client = env.execute_async("job")
    client.get_job_execution_result().result(10)
    own = ("numRecordsIn", "numRecordsOut", "numLateRecordsDropped", "Watermark")
    assert all(name.endswith(own) for name in client.metrics() if ".jobmanager." not in name)


class Registering(FilterFunction):
    def __init__(self, register):
        self.register = register

    def open(self, runtime_context):
        self.register(runtime_context)

    def filter(self, value):
        return True


@pytest.mark.parametrize(
    ("register", "message"),
    [
        (lambda c: [c.add_accumulator("n", IntCounter()) for _ in "ab"], "'n' of 'Filter' exists already"),
        (lambda c: c.add_accumulator("n", 1), "takes an Accumulator, not 1"),
        (
            lambda c: (c.add_accumulator("n", Histogram()), c.get_int_counter("n")),
            "is a Histogram, not a IntCounter",
        ),
    ],
)
def test_wrong_registrations_end_the_job(env, register, message):
    env.from_collection([1]).filter(Registering(register))
    with pytest.raises(JobExecutionError, match=message):
        env.execute()


def test_one_name_for_two_kinds_is_told_by_both_owners(env):
    histogram = Registering(lambda c: c.get_histogram("n"))
    env.from_collection([1]).filter(Registering(lambda c: c.get_int_counter("n"))).filter(histogram).name("B")
    with pytest.raises(TypeError, match=r"'n' is a .* in '(B|Filter)' and a .* in '(B|Filter)'"):
        env.execute()
