"""Opening and closing functions, and running jobs."""

import gc
import json
import subprocess
import sys
import threading
import time

import pytest

from pyflinkpp.common import JobStatus, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobCancelledError, JobExecutionError
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import MapFunction, SinkFunction, SourceFunction

ENDLESS = 2**62


class Logged(MapFunction):
    """Appends what happens to it to a file."""

    def __init__(self, path, name, fail_in=None):
        self.path, self.name, self.fail_in = path, name, fail_in

    def log(self, what):
        with open(self.path, "a") as file:
            file.write(f"{self.name}.{what}\n")
        if self.fail_in == what:
            raise ValueError(f"{what} fails")

    def open(self, runtime_context):
        self.log("open")

    def map(self, value):
        self.log("map")
        return value

    def close(self):
        self.log("close")


class Into(SinkFunction):
    def __init__(self, path):
        self.path = path

    def invoke(self, value, context):
        with open(self.path, "a") as file:
            file.write(f"{value}\n")


def lines(path):
    return path.read_text().split()


def endless(env):
    return env.from_source(NumberSequenceSource(0, ENDLESS), WatermarkStrategy.no_watermarks(), "numbers")


def test_functions_open_before_and_close_after_the_records(env, tmp_path):
    path = tmp_path / "log"
    env.from_collection([1, 2]).map(Logged(path, "a")).map(Logged(path, "b")).add_sink(Into(tmp_path / "out"))
    env.execute()
    log = lines(path)
    assert sorted(log[:2]) == ["a.open", "b.open"]
    assert sorted(log[-2:]) == ["a.close", "b.close"]
    assert sorted(log[2:-2]) == ["a.map"] * 2 + ["b.map"] * 2
    assert lines(tmp_path / "out") == ["1", "2"]


@pytest.mark.parametrize("chained", [True, False])
def test_functions_close_after_a_failure(env, tmp_path, chained):
    path = tmp_path / "log"
    if not chained:
        env.disable_operator_chaining()
    env.from_collection([1]).map(Logged(path, "a")).map(Logged(path, "b", fail_in="map")).print()
    with pytest.raises(JobExecutionError, match="map fails"):
        env.execute()
    log = lines(path)
    assert log.count("a.close") == log.count("b.close") == 1


def test_opened_functions_close_when_another_cannot_open(env, tmp_path):
    path = tmp_path / "log"
    for name in "abc":
        env.from_collection([1]).map(Logged(path, name, "open" if name == "b" else None)).print()
    with pytest.raises(JobExecutionError, match="open fails"):
        env.execute()
    log = lines(path)
    for name in "ac":
        assert log.count(f"{name}.open") == log.count(f"{name}.close")


def test_functions_close_when_the_job_is_cancelled(env, tmp_path):
    path = tmp_path / "log"
    endless(env).filter(lambda x: x == 0).map(Logged(path, "a")).print()
    client = env.execute_async()
    until = time.monotonic() + 5
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.01)
    client.cancel().result()
    assert lines(path)[-1] == "a.close"


def test_a_failing_close_fails_the_job(env, tmp_path):
    env.from_collection([1]).map(Logged(tmp_path / "log", "a", fail_in="close")).print()
    with pytest.raises(JobExecutionError, match="close fails"):
        env.execute()


class Context(MapFunction):
    def open(self, runtime_context):
        self.context = c = runtime_context
        self.values = (
            c.get_task_name(),
            c.get_number_of_parallel_subtasks(),
            c.get_max_number_of_parallel_subtasks(),
            c.get_index_of_this_subtask(),
            c.get_attempt_number(),
            c.get_task_name_with_subtasks(),
            c.get_job_parameter("a", "none"),
            c.get_job_parameter("b", "none"),
        )

    def map(self, value):
        return self.values


def test_runtime_context(make_env):
    env = make_env(2)
    env.set_max_parallelism(7)
    env.get_config().set_global_job_parameters({"a": "1"})
    stream = env.from_collection(range(4)).rebalance().map(Context()).name("mine")
    with stream.execute_and_collect() as records:
        seen = sorted(set(records), key=lambda v: v[3])
    assert [v[3] for v in seen] == [0, 1]
    for values in seen:
        assert values[1:3] == (2, 7) and values[4] == 0 and values[6:] == ("1", "none")
        assert "mine" in values[0] and values[5] == f"{values[0]} ({values[3] + 1}/2)#0"


def test_each_execute_runs_what_was_declared_since(env, tmp_path):
    for name in ("first", "second"):
        env.from_collection([name]).add_sink(Into(tmp_path / name))
        result = env.execute(name)
        assert result.get_net_runtime() >= 0
    assert lines(tmp_path / "first") == ["first"] and lines(tmp_path / "second") == ["second"]


def test_a_stream_can_be_collected_twice(env):
    stream = env.from_collection([1, 2]).map(lambda x: x)
    assert list(stream.execute_and_collect()) == [1, 2]
    assert list(stream.execute_and_collect()) == [1, 2]


def test_job_client(env):
    env.from_collection([1]).map(lambda x: x).print()
    client = env.execute_async("job")
    result = client.get_job_execution_result().result()
    assert result.get_job_id() == client.get_job_id()
    assert client.get_job_status().result() is JobStatus.FINISHED
    client.cancel().result()
    assert client.get_job_status().result() is JobStatus.FINISHED


def test_cancel_from_the_job_client(env):
    endless(env).map(lambda x: x).filter(lambda x: False).print()
    client = env.execute_async()
    assert client.get_job_status().result() is JobStatus.RUNNING
    started = time.monotonic()
    client.cancel().result()
    assert time.monotonic() - started < 1
    assert client.get_job_status().result() is JobStatus.CANCELED
    with pytest.raises(JobCancelledError):
        client.get_job_execution_result().result()


def test_failure_from_the_job_client(env):
    env.from_collection([1]).map(lambda x: x / 0).print()
    client = env.execute_async()
    with pytest.raises(JobExecutionError) as info:
        client.get_job_execution_result().result()
    assert isinstance(info.value.__cause__, ZeroDivisionError)
    assert client.get_job_status().result() is JobStatus.FAILED


def test_leaving_the_with_block_ends_an_endless_job(env):
    before = threading.active_count()
    with endless(env).map(lambda x: x).execute_and_collect() as records:
        assert [next(records) for _ in range(3)] == [0, 1, 2]
    assert threading.active_count() <= before


class Trickle(SourceFunction):
    """Emits three records, then nothing until it is cancelled."""

    def run(self, ctx):
        self.running = True
        for i in range(3):
            ctx.collect(i)
        while self.running:
            time.sleep(0.01)

    def cancel(self):
        self.running = False


def test_limit_does_not_wait_for_a_record_beyond(env):
    started = time.monotonic()
    assert env.add_source(Trickle()).execute_and_collect(limit=3) == [0, 1, 2]
    assert time.monotonic() - started < 2


def test_source_function_ends_when_run_returns(env):
    class Three(SourceFunction):
        def run(self, ctx):
            for i in range(3):
                ctx.collect(i)

        def cancel(self):
            pass

    assert list(env.add_source(Three(), "three", Types.INT()).execute_and_collect()) == [0, 1, 2]


def test_print_prefixes(make_env, capfd):
    env = make_env(2)
    numbers = env.from_collection(range(4)).rebalance().map(lambda x: x, Types.INT())
    numbers.print()
    numbers.print("id")
    env.execute()
    out = sorted(capfd.readouterr().out.split("\n")[:-1])
    assert len(out) == 8
    assert {line.split("> ")[0] for line in out} == {"1", "2", "id:1", "id:2"}
    assert sorted(line.split("> ")[1] for line in out) == sorted("00112233")


def test_print_without_prefixes(env, capfd):
    env.from_collection(["ä😀", "b"], Types.STRING()).print()
    env.from_collection([True], Types.BOOLEAN()).print()
    env.execute()
    assert sorted(capfd.readouterr().out.split()) == ["b", "true", "ä😀"]


def test_execution_plan(make_env):
    env = make_env(2)
    env.from_collection([1]).map(lambda x: x).name("mapped").key_by(lambda x: x).sum(0).print()
    nodes = json.loads(env.get_execution_plan())["nodes"]
    assert [n["parallelism"] for n in nodes] == [1, 2, 2, 2]
    assert any(n.get("type") == "mapped" for n in nodes)
    strategies = [p["ship_strategy"] for n in nodes for p in n.get("predecessors", [])]
    assert strategies == ["REBALANCE", "HASH", "FORWARD"]
    assert env.execute()  # asking for the plan forgets nothing


def tasks_of(env):
    """The operators of each task."""
    return [vertex["operators"] for vertex in json.loads(env._compile("plan").job_graph_json())["vertices"]]


def test_chaining_controls(make_env):
    def tasks(change):
        env = make_env()
        stream = env.from_collection([1]).map(lambda x: x).name("a").map(lambda x: x).name("b")
        change(env, stream)
        stream.map(lambda x: x).name("c").print()
        return len(tasks_of(env))

    assert tasks(lambda env, stream: None) == 1
    assert tasks(lambda env, stream: stream.start_new_chain()) == 2
    assert tasks(lambda env, stream: stream.disable_chaining()) == 3
    assert tasks(lambda env, stream: stream.slot_sharing_group("other")) == 2
    assert tasks(lambda env, stream: env.disable_operator_chaining()) == 5
    assert tasks(lambda env, stream: stream.set_parallelism(2)) == 3


UNATTENDED = """
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import SourceFunction

class Endless(SourceFunction):
    def run(self, ctx):
        self.running = True
        while self.running:
            ctx.collect(1)
    def cancel(self):
        self.running = False

env = StreamExecutionEnvironment.get_execution_environment()
"""


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        (
            "env.add_source(Endless()).map(str)\nenv.execute_async('endless')",
            "job 'endless' is cancelled, ",
        ),
        (
            "env.from_collection([0]).map(lambda x: 1 / x)\nclient = env.execute_async()\n"
            "while client.get_job_status().result().name != 'FAILED': pass",
            "ZeroDivisionError",
        ),
        ("env.from_collection([0]).print()\nenv.execute_async().get_job_execution_result().result()", ""),
    ],
)
def test_the_end_of_a_program_tells_of_jobs_that_nobody_waited_for(rest, says):
    ended = subprocess.run(
        [sys.executable, "-c", UNATTENDED + rest], capture_output=True, text=True, timeout=50, check=True
    )
    assert says in ended.stderr and bool(says) == bool(ended.stderr)


def test_a_job_goes_on_when_nobody_holds_it(env, tmp_path):
    out = tmp_path / "out"
    env.from_collection([1]).map(lambda x: (time.sleep(0.2), out.write_text("done")))
    env.execute_async()
    gc.collect()
    while not out.exists():
        time.sleep(0.01)


def test_a_closed_iterator_has_no_more_records(env):
    records = env.from_collection(range(100)).execute_and_collect()
    assert next(records) == 0
    records.close()
    with pytest.raises(StopIteration):
        records.next()
    assert list(records) == []
