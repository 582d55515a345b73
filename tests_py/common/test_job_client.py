import pickle
import threading
from concurrent.futures import CancelledError

import pytest

from pyflinkpp.common import CompletableFuture, JobClient, JobExecutionResult, JobID, JobStatus
from pyflinkpp.common.errors import JobExecutionError, NotBuiltError


class Backend:
    def __init__(self):
        self.id = JobID()
        self.state = JobStatus.RUNNING
        self.ended = threading.Event()

    def job_id(self):
        return self.id

    def status(self):
        return self.state

    def cancel(self):
        self.state = JobStatus.CANCELED
        self.ended.set()

    def wait(self, timeout=None):
        if not self.ended.wait(timeout):
            raise TimeoutError
        if self.state is JobStatus.FAILED:
            raise JobExecutionError("boom")
        return JobExecutionResult(self.id, 12, {"n": 3})

    def accumulators(self):
        return {"n": 1}

    def trigger_savepoint(self, directory):
        return f"{directory}/sp"

    def kv_state(self, *query):
        return query

    def runs_this_thread(self):
        return False

    def stop_with_savepoint(self, advance_to_end_of_event_time, directory):
        raise NotImplementedError


def test_client_passes_on_to_its_backend():
    backend = Backend()
    client = JobClient(backend)
    assert client.get_job_id() is backend.id
    assert client.get_job_status().result(5) is JobStatus.RUNNING
    assert client.get_accumulators().result(5) == {"n": 1}
    assert client.trigger_savepoint("/x").result(5) == "/x/sp"
    assert client.get_kv_state("q", 5).result(5) == ("q", 5, None, None)
    result = client.get_job_execution_result()
    with pytest.raises(TimeoutError):
        result.result(0.01)
    assert client.cancel().result(5) is None
    assert result.result(5).get_accumulator_result("n") == 3


def test_errors_come_with_the_result():
    backend = Backend()
    backend.state = JobStatus.FAILED
    backend.ended.set()
    future = JobClient(backend).get_job_execution_result()
    with pytest.raises(JobExecutionError, match="boom"):
        future.result(5)
    assert isinstance(future.exception(), JobExecutionError)


def test_what_is_not_built_says_so():
    with pytest.raises(NotBuiltError, match="stop_with_savepoint"):
        JobClient(Backend()).stop_with_savepoint(False, "/x").result(5)
    assert issubclass(NotBuiltError, NotImplementedError) and issubclass(NotBuiltError, RuntimeError)


def test_futures():
    future = CompletableFuture()
    assert not future.done() and future.cancel() and future.cancelled() and future.done()
    with pytest.raises(CancelledError):
        future.result()
    done = CompletableFuture.completed(5)
    assert done.result() == 5 and done.exception() is None and not done.cancel()
    assert repr(done) == "<CompletableFuture done>"


def test_job_execution_result():
    job_id = JobID("0" * 32)
    result = JobExecutionResult(job_id, 7, {"a": 1})
    assert (result.get_job_id(), result.get_net_runtime()) == (job_id, 7)
    assert result.get_all_accumulator_results() == {"a": 1}
    assert result.get_accumulator_result("none") is None
    assert str(result) == f"Job {job_id} finished after 7 ms\n- a: 1"


def test_job_ids():
    assert JobID("A" * 32) == JobID("a" * 32)
    assert JobID() != JobID()
    assert JobID.from_hex_string("b" * 32).to_hex_string() == str(JobID("b" * 32)) == "b" * 32
    assert pickle.loads(pickle.dumps(JobID("c" * 32))) == JobID("c" * 32)
    for wrong in ("", "x" * 32, "a" * 31):
        with pytest.raises(ValueError, match="32 hexadecimal digits"):
            JobID(wrong)


def test_job_status():
    assert {s.name for s in JobStatus if s.is_globally_terminal_state()} == {"FAILED", "CANCELED", "FINISHED"}
    assert JobStatus.SUSPENDED.is_terminal_state()
    assert not JobStatus.RESTARTING.is_terminal_state()
