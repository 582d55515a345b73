"""A running job of this process."""

from __future__ import annotations

import atexit
import concurrent.futures.thread  # noqa: F401 - registered before `_close_jobs`, so run after it
import logging
import math
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pyflinkpp._native as _native
from pyflinkpp._impl.checkpoints import savepoint_folder
from pyflinkpp._impl.failures import describe_failure, raise_failure
from pyflinkpp._impl.job_report import OPERATOR_SCOPE, JobReport
from pyflinkpp._impl.read_only_states import read_only_state
from pyflinkpp.common.completable_future import end_threads
from pyflinkpp.common.errors import (
    JobCancelledError,
    JobExecutionError,
    StateError,
    UnknownKeyOrNamespaceError,
)
from pyflinkpp.common.job_execution_result import JobExecutionResult
from pyflinkpp.common.job_id import JobID
from pyflinkpp.common.job_status import JobStatus

if TYPE_CHECKING:
    from pyflinkpp._impl.simulated_job import SimulatedRun
    from pyflinkpp.common.typeinfo import TypeInformation
    from pyflinkpp.datastream.state import State, StateDescriptor
    from pyflinkpp.testing.manual_clock import ManualClock

B = TypeVar("B")

_log = logging.getLogger("pyflinkpp.jobs")
_checkpoints_log = logging.getLogger("pyflinkpp.checkpoints")

_TERMINAL = ("FINISHED", "FAILED", "CANCELED")
_POLL_MILLIS = 50
#: The metrics of every operator that a client sees, by Flink's names.
_SHOWN = re.compile(r"numRecords(In|Out)|numLateRecordsDropped|current(Input\d*|Output)Watermark")
#: How long a cancelled job may take before Python functions that still run are interrupted, and how long
#: until they are given up where nobody has time, in seconds.
_GRACE_SECONDS = 0.2
_GIVE_UP_SECONDS = 0.9


@dataclass(frozen=True)
class Patience:
    """How a cancelled job is waited for, in seconds (Flink's ``task.cancellation.*``)."""

    #: Until a function that still runs is interrupted once more.
    interval: float = 30.0
    #: Until functions that still run are given up; None for never.
    timeout: float | None = 180.0

    @classmethod
    def of(cls, interval_millis: int, timeout_millis: int) -> Patience:
        """As Flink's settings: 0 is an endless interval, and no timeout."""
        return cls(interval_millis / 1000 or math.inf, timeout_millis / 1000 or None)


_DEFAULT_PATIENCE = Patience()


class FunctionInterrupted(BaseException):
    """Raised inside a user function that still runs when its job has been cancelled."""


class LocalJob:
    """One job on the native engine; a `JobBackend`. Any thread may call any method."""

    def __init__(
        self,
        graph: _native.StreamGraph,
        name: str,
        workers: int = 0,
        *,
        clock: ManualClock | None = None,
        metric_scope: str = OPERATOR_SCOPE,
        reports_metrics: bool = True,
        patience: Patience = _DEFAULT_PATIENCE,
        simulated: SimulatedRun | None = None,
        savepoint_dir: str | None = None,
    ) -> None:
        self.name = name
        self._savepoint_dir = savepoint_dir
        self._patience = patience
        self._was_waited_for = False
        self._native = simulated or _native.LocalJob(
            graph, workers, clock=None if clock is None else clock._native
        )
        if clock is not None:
            clock._jobs.add(self)
        self._report = JobReport(self._native.job_id, name, metric_scope, reports_metrics)
        self._native.on_restart(_RestartTeller(name))
        self._native.on_checkpoint_news(_CheckpointTeller(name))
        _jobs.add(self)
        self._native.start()

    def job_id(self) -> JobID:
        return JobID(self._native.job_id)

    def status(self) -> JobStatus:
        return JobStatus[self._native.status()]

    def cancel(self) -> None:
        """Ends the job. Functions that do not return are interrupted, at once and at intervals, while their
        `close` runs to its end; what still runs after the timeout is given up.

        An interrupt from the keyboard meanwhile ends the job as `interrupt` does.
        """
        _left_running.discard(self)
        try:
            self._end(self._patience.timeout)
        except KeyboardInterrupt:
            self.interrupt()
            raise

    def interrupt(self) -> None:
        """Ends the job within a second: what runs is interrupted, `close` too, and given up in the end."""
        self._native.cancel()
        started = time.monotonic()
        while not self._native.wait(_POLL_MILLIS):
            waited = time.monotonic() - started
            if waited > _GIVE_UP_SECONDS:
                self._give_up()
                return
            if waited > _GRACE_SECONDS:
                self._native.interrupt_functions(FunctionInterrupted, closing_too=True)

    def _end(self, timeout: float | None, *, until_closing: bool = False) -> None:
        """Cancels the job and waits; `until_closing` for long only where functions are being closed."""
        self._native.cancel()
        started = time.monotonic()
        next_interruption = _GRACE_SECONDS
        while not self._native.wait(_POLL_MILLIS):
            waited = time.monotonic() - started
            hurries = until_closing and waited > _GIVE_UP_SECONDS and not self._native.is_closing_functions()
            if hurries or (timeout is not None and waited > timeout):
                self._give_up()
                return
            if waited > next_interruption and self._native.interrupt_functions(
                FunctionInterrupted, closing_too=False
            ):
                next_interruption = waited + self._patience.interval

    def _give_up(self) -> None:
        _log.warning("job '%s': a function does not end, and its thread is given up", self.name)
        self._native.abandon()
        _jobs.discard(self)

    def wait(self, timeout: float | None = None) -> JobExecutionResult:
        until = None if timeout is None else time.monotonic() + timeout
        while not self._native.wait(_POLL_MILLIS):
            if until is not None and time.monotonic() > until:
                raise TimeoutError(f"job '{self.name}' has not ended within {timeout} s")
        self._was_waited_for = True
        _left_running.discard(self)
        status = self._native.status()
        if status == "FAILED":
            raise_failure(self.name, self._native.failure(), self._native.restarts())
        if status == "CANCELED":
            raise JobCancelledError(f"job '{self.name}' was cancelled")
        return JobExecutionResult(self.job_id(), self._native.runtime_millis(), self.accumulators())

    def leave_running(self) -> None:
        """Lets the job go on although nobody may hold or watch it, until the program ends."""
        for job in [job for job in list(_left_running) if job.ended()]:
            job._tell_unseen_end()
            _left_running.discard(job)
        _left_running.add(self)

    def wait_or_cancel(self) -> JobExecutionResult:
        """As `wait`, but an interrupt from the keyboard cancels the job first."""
        try:
            return self.wait()
        except KeyboardInterrupt:
            self.interrupt()
            raise

    def close(self) -> None:
        """Cancels the job unless it has ended, and ends its threads. Only `close` is waited for."""
        if not self.ended():
            try:
                self._end(self._patience.timeout, until_closing=True)
            except KeyboardInterrupt:
                self.interrupt()
        if self.ended():
            self._native.stop_functions()

    def at_rest(self) -> bool:
        """Whether nothing moves on before something comes from outside, or the clock is turned."""
        return self._native.at_rest()

    def _tell_unseen_end(self) -> None:
        """Logs what nobody has waited for to hear."""
        status = self._native.status()
        if status not in _TERMINAL:
            _log.warning(
                "job '%s' is cancelled, because the program ends before it: "
                "wait for it with job_client.get_job_execution_result().result()",
                self.name,
            )
        elif status == "FAILED" and not self._was_waited_for:
            _log.error("%s", describe_failure(self.name, self._native.failure()))

    def ended(self) -> bool:
        return self._native.status() in _TERMINAL

    def accumulators(self) -> dict[str, Any]:
        return self._report.accumulators()

    def metrics(self) -> dict[str, Any]:
        values = self._report.metrics()
        for operator in self.operator_metrics():
            scope = self._report.scope_of(operator["name"], operator["subtask"])
            values.update((f"{scope}.{name}", operator[name]) for name in operator if _SHOWN.fullmatch(name))
        of_job = {"numRestarts": self._native.restarts()} | self._checkpoint_metrics()
        values.update((f"localhost.jobmanager.{self.name}.{name}", value) for name, value in of_job.items())
        return values

    def _checkpoint_metrics(self) -> dict[str, int]:
        """Under the names that they have in Flink, and as there -1 for what has not been yet.

        None of a job that can take no checkpoints, nor of a simulated one, which has lived several times.
        """
        if not isinstance(self._native, _native.LocalJob):
            return {}
        counts = self._native.checkpoint_counts()
        if counts is None:
            return {}
        numbers = {name: -1 if count is None else count for name, count in counts.items()}
        last = self._native.last_checkpoint_statistics() or {}
        return {
            "totalNumberOfCheckpoints": numbers["in_progress"] + numbers["completed"] + numbers["failed"],
            "numberOfInProgressCheckpoints": numbers["in_progress"],
            "numberOfCompletedCheckpoints": numbers["completed"],
            "numberOfFailedCheckpoints": numbers["failed"],
            "lastCheckpointRestoreTimestamp": numbers["restored_at"],
            "lastCompletedCheckpointId": last.get("id", -1),
            "lastCheckpointDuration": last.get("end_to_end_duration", -1),
            "lastCheckpointSize": last.get("checkpointed_size", -1),
            "lastCheckpointFullSize": last.get("state_size", -1),
        }

    def operator_metrics(self) -> list[dict[str, Any]]:
        """Records, batches and watermarks (ms) in and out of each operator of each subtask, now."""
        return self._native.operator_metrics()

    def task_metrics(self) -> list[dict[str, Any]]:
        """Bytes exchanged and busy, idle and backpressured time of each subtask, at this moment."""
        return self._native.task_metrics()

    def checkpoint_statistics(self) -> list[dict[str, Any]]:
        """What complete checkpoints have cost, oldest first, as Flink's REST interface names it.

        Durations are in milliseconds: ``sync_duration`` is how long a subtask stood still, ``async_duration``
        how long its state was then written; sizes are in bytes: ``checkpointed_size`` is what the checkpoint
        stored itself, ``state_size`` has also what it refers to of earlier ones. Savepoints are among them.
        Nothing of a simulated job.
        """
        if not isinstance(self._native, _native.LocalJob):
            return []
        return self._native.checkpoint_statistics()

    def completed_checkpoints(self) -> int:
        """How many have become complete in this run."""
        return self._native.completed_checkpoints()

    def latest_checkpoint(self) -> tuple[int, str] | None:
        """Its number, and its folder (empty where it is in memory)."""
        return self._native.latest_checkpoint()

    def trigger_savepoint(self, directory: str | None) -> str:
        return self._native.trigger_savepoint(
            savepoint_folder(directory, self._savepoint_dir), purpose="savepoint"
        )

    def kv_state(
        self,
        queryable_state_name: str,
        key: Any,
        key_type_info: TypeInformation | None,
        state_descriptor: StateDescriptor | None,
    ) -> State:
        key_type = None if key_type_info is None else key_type_info._descriptor()
        try:
            found = self._native.look_up(queryable_state_name, key, key_type)
        except _native.EngineError as error:
            raise StateError(str(error)) from None
        if found is None:
            raise UnknownKeyOrNamespaceError(
                f"the queryable state {queryable_state_name!r} of the job '{self.name}' has nothing for the "
                f"key {key!r}"
            )
        return read_only_state(queryable_state_name, *found, state_descriptor)

    def runs_this_thread(self) -> bool:
        return self._native.runs_this_thread()

    def stop_with_savepoint(self, advance_to_end_of_event_time: bool, directory: str | None) -> str:
        """Raises JobExecutionError where the job fails or starts over before it has ended."""
        restarts = self._native.restarts()
        folder = savepoint_folder(directory, self._savepoint_dir)
        path = self._native.trigger_savepoint(
            folder, purpose="drain" if advance_to_end_of_event_time else "suspend"
        )
        while not self._native.wait(_POLL_MILLIS) and self._native.restarts() == restarts:
            pass
        if self._native.status() != "FINISHED":
            raise JobExecutionError(f"job '{self.name}' failed while it was stopped; its savepoint is {path}")
        return path


class _RestartTeller:
    """Logs each restart of a job as it happens; holds no job."""

    def __init__(self, job_name: str) -> None:
        self._job_name = job_name

    def __call__(self, restarts: int, failure: dict[str, Any]) -> None:
        reason = describe_failure(self._job_name, failure)
        _log.warning("job '%s' started over (attempt %d): %s", self._job_name, restarts, reason)


class _CheckpointTeller:
    """Logs what whoever runs a job has to know of its checkpoints; holds no job."""

    def __init__(self, job_name: str) -> None:
        self._job_name = job_name

    def __call__(self, kind: str, checkpoint: int, what: str) -> None:
        if kind == "failed":
            _checkpoints_log.warning("job '%s': checkpoint %d failed: %s", self._job_name, checkpoint, what)
        elif kind == "damaged":
            _checkpoints_log.warning("job '%s': %s; trying the checkpoint before", self._job_name, what)
        else:
            where = f"checkpoint {checkpoint} ({what or 'in memory'})"
            _checkpoints_log.info("job '%s' goes on from %s", self._job_name, where)


_jobs: weakref.WeakSet[LocalJob] = weakref.WeakSet()
_left_running: set[LocalJob] = set()


def _close_jobs() -> None:
    """A program that ends takes its jobs with it: their threads must be gone before Python is."""
    for job in list(_left_running):
        job._tell_unseen_end()
    for job in list(_jobs):
        job.close()
    end_threads(_GIVE_UP_SECONDS)


# Users' functions may need threads, which Python gives to nobody any more once its own pools have ended;
# that is before the functions of `atexit` run.
getattr(threading, "_register_atexit", atexit.register)(_close_jobs)


def batches(job: LocalJob, pop: Callable[[int], B | None]) -> Iterator[B]:
    """What comes out of a job until it has ended; raises what ended the job if it failed.

    `pop` gives the next batch, or None when none has come within so many milliseconds.
    """
    while True:
        ended = job.ended()
        batch = pop(0 if ended else _POLL_MILLIS)
        if batch is not None:
            yield batch
        elif ended:
            break
    job.wait()
