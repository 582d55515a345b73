"""Jobs that start over after a failure."""

import json
import logging
import threading

import pytest

from pyflinkpp.common import JobStatus, RestartStrategies
from pyflinkpp.common.accumulators import IntCounter
from pyflinkpp.common.errors import ConfigurationError, JobExecutionError
from pyflinkpp.datastream.functions import MapFunction


class FailsUntil(MapFunction):
    """Fails at 3 in earlier attempts; counts what it sees."""

    def __init__(self, attempt):
        self.attempt = attempt

    def open(self, runtime_context):
        self.now = runtime_context.get_attempt_number()
        self.seen = IntCounter()
        runtime_context.add_accumulator("seen", self.seen)

    def map(self, value):
        self.seen.add(1)
        if value == 3 and self.now < self.attempt:
            raise ValueError(f"attempt {self.now}")
        return value


STRATEGIES = {
    "fixed-delay": RestartStrategies.fixed_delay_restart(2, 1),
    "failure-rate": RestartStrategies.failure_rate_restart(2, 60_000, 1),
    "exponential-delay": RestartStrategies.exponential_delay_restart(1, 2, 1.5, 60_000, 0.1),
}


@pytest.mark.parametrize("kind", STRATEGIES)
def test_a_job_starts_over_from_the_beginning(env, tmp_path, kind, caplog):
    out = tmp_path / "out"
    env.set_restart_strategy(STRATEGIES[kind])
    env.from_collection([1, 2, 3]).map(FailsUntil(2)).map(lambda x: _write(out, x))
    with caplog.at_level(logging.WARNING, "pyflinkpp.jobs"):
        result = env.execute()
    assert out.read_text().split()[-3:] == ["1", "2", "3"]
    assert result.get_accumulator_result("seen") == 3, "accumulators start over too"
    assert "started over (attempt" in caplog.text and "ValueError: attempt" in caplog.text


@pytest.mark.parametrize(
    "run",
    [
        lambda stream, env: env.execute(),
        lambda stream, env: env.execute_async().get_job_execution_result().result(30),
        lambda stream, env: list(stream.execute_and_collect()),
    ],
)
def test_each_restart_is_told_once_with_its_cause(env, caplog, run):
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(5, 0))
    stream = env.from_collection([3]).map(FailsUntil(5))
    with caplog.at_level(logging.WARNING, "pyflinkpp.jobs"):
        run(stream, env)
    told = [record.getMessage().splitlines()[0] for record in caplog.records]
    assert [line[line.index("(") :].split(":")[0] for line in told] == [f"(attempt {n})" for n in range(1, 6)]
    assert [line.rpartition("ValueError: ")[2] for line in told] == [f"attempt {n}" for n in range(5)]


def test_a_restart_is_told_when_nobody_waits(env, caplog):
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(1, 0))
    env.from_collection([3]).map(FailsUntil(1))
    client = env.execute_async()
    with caplog.at_level(logging.WARNING, "pyflinkpp.jobs"):
        while client.get_job_status().result(10) is not JobStatus.FINISHED:
            pass
    assert "started over (attempt 1)" in caplog.text


def _write(path, value):
    with open(path, "a") as file:
        file.write(f"{value}\n")


def test_the_last_failure_is_told_when_the_strategy_gives_up(make_env):
    env = make_env(**{"restart-strategy__type": "fixed-delay", "restart-strategy__fixed-delay__delay": "0"})
    env.from_collection([1, 2, 3]).map(FailsUntil(9))
    with pytest.raises(JobExecutionError, match=r"attempt 1\n(.*\n)*  after 1 restart$"):
        env.execute()


def test_without_a_strategy_the_first_failure_is_final(env):
    env.from_collection([1, 2, 3]).map(FailsUntil(9))
    with pytest.raises(JobExecutionError, match="attempt 0"):
        env.execute()


def test_a_job_that_waits_for_its_restart_can_be_cancelled(env):
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(1, 3_600_000))
    env.from_collection([3]).map(FailsUntil(1))
    client = env.execute_async()
    while client.get_job_status().result(10) is not JobStatus.RESTARTING:
        pass
    client.cancel().result(10)
    assert client.get_job_status().result(10) is JobStatus.CANCELED


def test_results_that_nobody_has_read_come_once(env):
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(1, 1))
    results = env.from_collection([1, 2, 3]).map(FailsUntil(1)).execute_and_collect()
    while not results._job.ended():
        pass
    assert list(results) == [1, 2, 3]


def test_results_that_would_come_again_end_the_iteration(env):
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(1, 1))
    env.set_buffer_timeout(0)
    _gate.clear()
    results = env.from_collection([1, 2, 3]).map(_wait_at_two).map(FailsUntil(1)).execute_and_collect()
    assert next(results) == 1
    _gate.set()
    with pytest.raises(JobExecutionError, match="started over after a failure"):
        list(results)


_gate = threading.Event()


def _wait_at_two(value):
    import sys

    if value == 2:
        sys.modules[__name__]._gate.wait(30)
    return value


def test_a_file_is_read_again(env, tmp_path):
    (tmp_path / "in").write_text("1\n2\n3\n", encoding="latin-1")
    out = tmp_path / "out"
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(1, 1))
    numbers = env.read_text_file(str(tmp_path / "in"), "latin-1").map(int)
    numbers.map(FailsUntil(1)).map(lambda x: _write(out, x))
    env.execute()
    assert out.read_text().split()[-3:] == ["1", "2", "3"]


def test_the_plan_shows_the_strategy(make_env):
    env = make_env(**{"restart-strategy": "fixeddelay", "restart-strategy__fixed-delay__attempts": "4"})
    env.from_collection([1])
    plan = json.loads(env.get_execution_plan())
    assert plan["restart_strategy"] == "fixed-delay: 4 restarts, each after 1000 ms"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"type": "fixed-dealy"}, "did you mean fixed-delay?"),
        ({"type": "fixed-delay", "fixed-delay.attempts": "-1"}, "attempts must be at least 0, got -1"),
        (
            {"type": "exponential-delay", "exponential-delay.backoff-multiplier": "0.5"},
            "backoff-multiplier must be above 1, got 0.5",
        ),
    ],
)
def test_wrong_settings_are_named(make_env, settings, message):
    from pyflinkpp.common import Configuration

    env = make_env()
    env.configure(Configuration.from_dict({f"restart-strategy.{key}": v for key, v in settings.items()}))
    env.from_collection([1])
    with pytest.raises(ConfigurationError, match=message.replace("?", r"\?")):
        env.execute()
