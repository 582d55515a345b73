"""What becomes of each setting of a program."""

import json
import sys
import time
import warnings

import pytest

from datastream.pipelines.proofs import Proofs
from pyflinkpp.common import Configuration, Types, WatermarkGenerator, WatermarkStrategy
from pyflinkpp.common._options import EFFECTS, OPTIONS, Effect
from pyflinkpp.common.errors import ConfigurationError, JobExecutionError, NotBuiltError
from pyflinkpp.datastream import ProcessFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import MapFunction

SAMPLES = {
    "INT": "7",
    "LONG": "7",
    "DOUBLE": "0.7",
    "FLOAT": "0.7",
    "DURATION": "7 s",
    "MEMORY": "7 mb",
    "LIST": "a;b",
    "MAP": "a:b",
    "STRING": "other",
}


def other_value(key):
    """A value that the option can have and does not have by default."""
    option = OPTIONS[key]
    if option.type_name() == "BOOLEAN":
        return "false" if option.default_value() else "true"
    if option.type_name() == "ENUM":
        return next(choice for choice in option.choices() if choice != option.default_value())
    return SAMPLES[option.type_name()]


def env_with(**settings):
    configuration = Configuration.from_dict({key.replace("__", "."): v for key, v in settings.items()})
    return StreamExecutionEnvironment.get_execution_environment(configuration)


def keys_that(effect):
    return sorted(key for key in OPTIONS if EFFECTS[key] is effect)


def one_job(key, value):
    env = env_with(**{"parallelism.default": "1", key: value})
    env.from_collection([1]).map(lambda x: x)
    env.execute()


@pytest.mark.parametrize("key", keys_that(Effect.WARNS))
def test_what_is_not_built_is_warned_about(key):
    with pytest.warns(UserWarning, match=rf"not built yet.* {key}( \(.*\))?$"):
        one_job(key, other_value(key))


def test_python_functions_that_are_to_run_elsewhere_run_here_and_the_warning_says_so():
    with pytest.warns(UserWarning, match=r"python.execution-mode \(functions run on threads of the job's"):
        one_job("python.execution-mode", "process")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one_job("python.execution-mode", "thread")
    with pytest.raises(ConfigurationError, match=r"python.execution-mode: 'loopback'.*process, thread"):
        one_job("python.execution-mode", "loopback")


@pytest.mark.parametrize("key", keys_that(Effect.REFUSES))
def test_what_a_job_cannot_do_without_is_refused(key):
    with pytest.raises(NotBuiltError, match=rf"^{key}={other_value(key)} is not built yet"):
        one_job(key, other_value(key))


@pytest.mark.parametrize("effect", [Effect.CLUSTER, Effect.MOOT])
def test_what_cannot_matter_is_accepted_in_silence(effect):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for key in keys_that(effect):
            one_job(key, other_value(key))


def test_the_default_of_an_option_is_neither_warned_about_nor_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one_job("state.backend.type", "hashmap")
        one_job("execution.target", "local")
        one_job("python.executable", sys.executable)


# -- one proof for each option that acts; the last test sees to it that none is missing

proof = Proofs()


def plan_of(env):
    return json.loads(env.get_execution_plan())["nodes"]


def job_graph_of(env):
    return json.loads(env._compile("job").job_graph_json())


@proof("parallelism.default")
def test_parallelism():
    env = env_with(parallelism__default="3")
    env.from_collection([1]).map(str)
    assert [node["parallelism"] for node in plan_of(env)] == [1, 3]


@proof("pipeline.max-parallelism")
def test_max_parallelism():
    env = env_with(**{"pipeline.max-parallelism": "16", "parallelism.default": "1"})
    env.from_collection([1]).map(str)
    assert job_graph_of(env)["vertices"][0]["maxParallelism"] == 16
    env.set_parallelism(17).from_collection([1]).map(str)
    with pytest.raises(ValueError, match="exceeds its maximum parallelism 16"):
        env.execute()


@proof("execution.runtime-mode")
def test_runtime_mode():
    env = env_with(**{"execution.runtime-mode": "BATCH", "parallelism.default": "1"})
    assert list(env.from_collection([1, 2]).key_by(lambda _: 0).sum().execute_and_collect()) == [3]


@proof("execution.batch-size")
def test_batch_size():
    env = env_with(**{"execution.batch-size": "2", "parallelism.default": "1"})
    env.from_collection([1, 2, 3]).map(str)
    client = env.execute_async()
    client.get_job_execution_result().result()
    assert client._backend.operator_metrics()[0]["numBatchesOut"] == 2


@proof("pipeline.object-reuse")
def test_object_reuse():
    def add(record):
        record["n"] += 1
        return record

    env = env_with(**{"pipeline.object-reuse": "true", "parallelism.default": "1"})
    shared = env.from_collection([{"n": 0}]).map(lambda r: r)
    records = shared.map(add).union(shared.map(add)).execute_and_collect()
    assert sorted(record["n"] for record in records) == [1, 2]


@proof("pipeline.name")
def test_name():
    env = env_with(pipeline__name="mine")
    env.from_collection([1]).map(lambda x: 1 / 0)
    with pytest.raises(JobExecutionError, match="'mine'"):
        env.execute()


@proof("pipeline.operator-chaining.enabled")
def test_chaining():
    env = env_with(**{"pipeline.operator-chaining.enabled": "false", "parallelism.default": "1"})
    env.from_collection([1]).map(str)
    assert len(job_graph_of(env)["vertices"]) == 2


@proof("pipeline.operator-chaining.chain-operators-with-different-max-parallelism")
@pytest.mark.parametrize(("allowed", "vertices"), [("true", 1), ("false", 2)])
def test_chaining_with_different_max_parallelism(allowed, vertices):
    key = "pipeline.operator-chaining.chain-operators-with-different-max-parallelism"
    env = env_with(**{key: allowed, "parallelism.default": "1"})
    env.from_collection([1]).map(str).set_max_parallelism(8)
    assert len(job_graph_of(env)["vertices"]) == vertices


@proof("pipeline.auto-generate-uids")
def test_uids_are_asked_for():
    env = env_with(**{"pipeline.auto-generate-uids": "false", "parallelism.default": "1"})
    env.from_collection([1]).uid("source").map(str).name("to text")
    with pytest.raises(ValueError, match=r"'to text' has no uid.*\n.*test_settings.py"):
        env.execute()
    env.from_collection([1]).uid("source").map(str).set_uid_hash("0" * 32)
    env.close()
    env.from_collection([1]).uid("source").map(str).uid("text")
    env.execute()


class CountsTicks(WatermarkGenerator):
    """Emits a watermark when it has been called so often without an event."""

    ticks = 0

    def on_event(self, event, event_timestamp, output):
        output.emit_watermark(self.ticks)

    def on_periodic_emit(self, output):
        self.ticks += 1


class SeesWatermark(ProcessFunction):
    def process_element(self, value, ctx):
        yield ctx.timer_service().current_watermark()


@proof("pipeline.auto-watermark-interval")
@pytest.mark.parametrize(("interval", "some"), [("1 ms", True), ("0 ms", False)])
def test_periodic_watermarks(interval, some):
    env = env_with(**{"pipeline.auto-watermark-interval": interval, "parallelism.default": "1"})
    slow = env.from_collection([1, 2, 3]).map(lambda x: time.sleep(0.02))
    stream = slow.assign_timestamps_and_watermarks(WatermarkStrategy.for_generator(CountsTicks))
    last = list(stream.process(SeesWatermark()).execute_and_collect())[-1]
    assert (last > 0) is some


class Parameter(MapFunction):
    def open(self, runtime_context):
        self.value = runtime_context.get_job_parameter("color", "none")

    def map(self, value):
        return self.value


@proof("pipeline.global-job-parameters")
def test_job_parameters():
    env = env_with(**{"pipeline.global-job-parameters": "color:red"})
    assert list(env.from_collection([1]).map(Parameter()).execute_and_collect()) == ["red"]


@proof("python.files", "python.pythonpath")
@pytest.mark.parametrize("key", ["python.files", "python.pythonpath"])
def test_python_files(tmp_path, monkeypatch, key):
    name = "imported_by_" + key.replace(".", "_")
    (tmp_path / f"{name}.py").write_text("answer = 42")
    monkeypatch.setattr(sys, "path", list(sys.path))
    env = env_with(**{key: str(tmp_path)})
    found = env.from_collection([name]).map(lambda module: __import__(module).answer)
    assert list(found.execute_and_collect()) == [42]


def batches_out_of_source(env, count=100):
    from pyflinkpp.common import WatermarkStrategy
    from pyflinkpp.datastream.connectors.datagen import DataGeneratorSource

    source = DataGeneratorSource(lambda i: i, count, type_info=Types.LONG())
    env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers")
    client = env.execute_async()
    client.get_job_execution_result().result()
    return client._backend.operator_metrics()[0]["numBatchesOut"]


@proof("execution.buffer-timeout.enabled", "execution.buffer-timeout.interval")
def test_buffer_timeout():
    alone = env_with(**{"execution.buffer-timeout.interval": "0 ms", "parallelism.default": "1"})
    assert alone.get_buffer_timeout() == 0
    assert batches_out_of_source(alone) == 100
    full = env_with(
        **{
            "execution.buffer-timeout.enabled": "false",
            "execution.batch-size": "30",
            "parallelism.default": "1",
        }
    )
    assert full.get_buffer_timeout() == -1
    assert batches_out_of_source(full) == 4


def test_a_slow_function_hands_on_results_when_the_buffer_timeout_is_over(make_env):
    """Not after the whole batch: the second result would never come."""
    import threading

    env = make_env()
    env.set_buffer_timeout(1)
    release = threading.Event()
    _events["release"] = release
    with env.from_collection([1, 2]).map(_wait_at_two).execute_and_collect() as results:
        assert next(results) == 1
        release.set()
        assert list(results) == [2]


_events = {}


def _wait_at_two(value):
    import time

    if value == 2:
        sys.modules[__name__]._events["release"].wait(30)
    time.sleep(0.002)
    return value


def test_settings_of_an_operator_are_in_the_plan(env):
    stream = env.from_collection([1]).map(str).name("text").uid("u").set_buffer_timeout(5)
    stream.set_uid_hash("ab" * 16).set_description("numbers as text")
    node = plan_of(env)[1]
    assert node["type"] == "text" and node["contents"] == "numbers as text"
    assert node["uid"] == "u" and node["uid_hash"] == "ab" * 16 and node["buffer_timeout"] == 5


def test_two_operators_cannot_have_one_uid_hash(env):
    env.from_collection([1]).set_uid_hash("ab" * 16).map(str).set_uid_hash("AB" * 16)
    with pytest.raises(ValueError, match="same uid hash"):
        env.execute()


def test_values_and_keys_of_a_configuration_are_checked(caplog):
    with pytest.raises(ConfigurationError, match=r"parallelism\.default: 'many' cannot be used"):
        env_with(parallelism__default="many")
    with pytest.raises(ConfigurationError, match="STREAMING, BATCH, AUTOMATIC"):
        env_with(**{"execution.runtime-mode": "BTACH"})
    env_with(**{"paralelism.default": "2"})
    assert "did you mean parallelism.default?" in caplog.text


def test_earlier_names_of_options_are_read():
    assert env_with(**{"execution.buffer-timeout": "7 s"}).get_buffer_timeout() == 7000


def test_every_option_that_acts_has_its_proof():
    assert set(proof) | NOT_HERE == set(keys_that(Effect.ACTS))


#: Proven in tests of their own; those of checkpoints one by one in test_checkpoint_settings.py.
ELSEWHERE = (
    "restart-strategy.",
    "jobmanager.execution.failover-strategy",
    "state.backend.type",
    "state.backend.rocksdb.",
    "task.cancellation.",
    "execution.checkpointing.",
    "execution.state-recovery.",
)
NOT_HERE = {"metrics.scope.operator", "python.metric.enabled", "io.tmp.dirs"} | {
    key for key in keys_that(Effect.ACTS) if key.startswith(ELSEWHERE)
}
