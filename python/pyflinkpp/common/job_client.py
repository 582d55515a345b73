"""`JobClient`, by which a program watches and steers a job, and `JobBackend`, which it talks to."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from pyflinkpp.common.completable_future import CompletableFuture
from pyflinkpp.common.errors import NotBuiltError, StateError
from pyflinkpp.common.job_execution_result import JobExecutionResult
from pyflinkpp.common.job_id import JobID
from pyflinkpp.common.job_status import JobStatus

if TYPE_CHECKING:
    from pyflinkpp.common.typeinfo import TypeInformation
    from pyflinkpp.datastream.state import State, StateDescriptor

__all__ = ["JobBackend", "JobClient", "SavepointFormatType"]


class SavepointFormatType(Enum):
    """What the bytes of a savepoint are like (Flink's ``SavepointFormatType``)."""

    #: The same for all state backends.
    CANONICAL = "canonical"
    #: As the state backend keeps them. Not built.
    NATIVE = "native"


class JobBackend(Protocol):
    """The running job behind a `JobClient`. Every method may be called from any thread, at any time."""

    def job_id(self) -> JobID:
        """The id, the same at each call; must not block."""
        ...

    def status(self) -> JobStatus:
        """The state now; must not wait for another one."""
        ...

    def cancel(self) -> None:
        """Ask the job to stop and return when it has ended; no effect on a job that has ended."""
        ...

    def wait(self, timeout: float | None = None) -> JobExecutionResult:
        """Block until the job has ended and return its result.

        Raises JobExecutionError for FAILED, JobCancelledError for CANCELED, TimeoutError after `timeout`
        seconds; None waits without end.
        """
        ...

    def accumulators(self) -> dict[str, Any]:
        """Accumulators by name, as far as they are known now."""
        ...

    def metrics(self) -> dict[str, Any]:
        """Values of the metrics by identifier, at this moment."""
        ...

    def trigger_savepoint(self, directory: str | None) -> str:
        """Take a savepoint under `directory` (None: the configured one); return its path when complete.

        Raises PyFlinkppError where there can be none.
        """
        ...

    def stop_with_savepoint(self, advance_to_end_of_event_time: bool, directory: str | None) -> str:
        """Take a savepoint, end the job and return the savepoint's path.

        With `advance_to_end_of_event_time` a final watermark fires all event timers before.
        """
        ...

    def kv_state(
        self,
        queryable_state_name: str,
        key: Any,
        key_type_info: TypeInformation | None,
        state_descriptor: StateDescriptor | None,
    ) -> State:
        """What a queryable state has for the key now, to be read only; see `JobClient.get_kv_state`."""
        ...

    def runs_this_thread(self) -> bool:
        """Whether the caller is a function of the job, which then cannot go on before it returns."""
        ...


class JobClient:
    """A handle on one submitted job. Methods return futures; errors appear in the future's result."""

    def __init__(self, backend: JobBackend) -> None:
        self._backend = backend

    def get_job_id(self) -> JobID:
        """The id of the job."""
        return self._backend.job_id()

    def get_job_status(self) -> CompletableFuture[JobStatus]:
        """The state of the job at this moment."""
        return CompletableFuture.supply_async(self._backend.status)

    def cancel(self) -> CompletableFuture[None]:
        """Cancel the job; the future is done when the job has ended."""
        return CompletableFuture.supply_async(self._backend.cancel)

    def stop_with_savepoint(
        self,
        advance_to_end_of_event_time: bool,
        savepoint_directory: str | None = None,
        format_type: SavepointFormatType | None = None,
    ) -> CompletableFuture[str]:
        """End the job with a savepoint; the future gives the savepoint's path once the job has ended.

        The job ends right behind the savepoint: what goes on from it sees every record once, and sinks are
        told before that it is complete. With `advance_to_end_of_event_time` the sources end instead, and a
        final watermark fires all event timers before, so use it only for a job that is not to go on.
        Without directory the configured one is taken (``execution.checkpointing.savepoint-dir``). Where the
        savepoint fails, the job goes on; or fails, if its sources have ended.
        """
        _check_savepoint(savepoint_directory, format_type)
        return CompletableFuture.supply_async(
            lambda: _built(
                "stop_with_savepoint",
                lambda: self._backend.stop_with_savepoint(advance_to_end_of_event_time, savepoint_directory),
            )
        )

    def trigger_savepoint(
        self, savepoint_directory: str | None = None, format_type: SavepointFormatType | None = None
    ) -> CompletableFuture[str]:
        """Take a savepoint while the job goes on; the future gives its path.

        A savepoint is kept until somebody deletes it; sinks are not told that it is complete, and what fails
        goes on from a checkpoint, as in Flink. The job needs no checkpoints for it.
        """
        _check_savepoint(savepoint_directory, format_type)
        return CompletableFuture.supply_async(
            lambda: _built("trigger_savepoint", lambda: self._backend.trigger_savepoint(savepoint_directory))
        )

    def get_kv_state(
        self,
        queryable_state_name: str,
        key: Any,
        key_type_info: TypeInformation | None = None,
        state_descriptor: StateDescriptor | None = None,
    ) -> CompletableFuture[Any]:
        """What a queryable state has for a key (``getKvState`` of Flink's ``QueryableStateClient``).

        The future gives a state that can only be read: a copy of what the key had at one moment. Its
        class is that of `state_descriptor`; without one a reducing or aggregating state is seen
        as a value state, of the reduced value or the accumulator. Types are those of the job. The key is
        taken as the job's own keys are, or made to be of `key_type_info`.

        The future raises UnknownKeyOrNamespaceError where the state has nothing for the key, and StateError
        where the job has no queryable state of the name (yet), where it has ended, and where the task that
        has the key ends or starts over before it has answered: then it may be asked again. The call itself
        raises StateError inside of a function of the job, which would wait for itself, and TypeError for
        what is no type or descriptor.

        >>> from pyflinkpp.common import Types, WatermarkStrategy
        >>> from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
        >>> from pyflinkpp.datastream.state import ValueStateDescriptor
        >>> from pyflinkpp.testing import ManualSource
        >>> class Total(KeyedProcessFunction):
        ...     def open(self, runtime_context):
        ...         total = ValueStateDescriptor("total", Types.LONG())
        ...         total.set_queryable("totals")
        ...         self.total = runtime_context.get_state(total)
        ...     def process_element(self, value, ctx):
        ...         self.total.update((self.total.value() or 0) + value[1])
        ...         yield value
        >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(2)
        >>> source = ManualSource()
        >>> sales = env.from_source(source, WatermarkStrategy.no_watermarks(), "sales")
        >>> with sales.key_by(lambda sale: sale[0]).process(Total()).execute_and_collect() as results:
        ...     source.send(("a", 3), ("b", 1), ("a", 4))
        ...     seen = [next(results) for _ in range(3)]
        ...     results.get_job_client().get_kv_state("totals", "a").result().value()
        7
        """
        _check_query(key_type_info, state_descriptor)
        if self._backend.runs_this_thread():
            raise StateError(
                f"a function of the job asks for the queryable state {queryable_state_name!r}: it would wait "
                "for an answer that the job can't give before the function has returned; ask from outside of "
                "the job, or use the function's own state"
            )
        return CompletableFuture.supply_async(
            lambda: _built(
                "get_kv_state",
                lambda: self._backend.kv_state(queryable_state_name, key, key_type_info, state_descriptor),
            )
        )

    def get_accumulators(self) -> CompletableFuture[dict[str, Any]]:
        """The accumulators of the job, running or ended."""
        return CompletableFuture.supply_async(self._backend.accumulators)

    def metrics(self) -> dict[str, Any]:
        """The metrics of all operators by identifier, at this moment; not in Flink's ``JobClient``.

        Identifiers are Flink's: ``localhost.taskmanager.local.<job>.<operator>.<subtask>`` (see
        ``metrics.scope.operator``), the user's groups, the name; a meter gives ``.count`` and ``.rate``, a
        distribution ``.count``, ``.sum``, ``.min``, ``.max`` and ``.mean``. Beside what functions register
        stand ``numRecordsIn``, ``numRecordsOut`` and ``numLateRecordsDropped`` of each operator, and its
        ``currentInputWatermark`` and ``currentOutputWatermark`` in milliseconds (Long.MIN before the first);
        with two inputs also ``currentInput1Watermark`` and ``currentInput2Watermark``.

        Those of the job itself lie under ``localhost.jobmanager.<job>``: ``numRestarts``, of it or a region
        of it, and of its checkpoints ``totalNumberOfCheckpoints`` (savepoints count), those of them
        ``numberOfInProgressCheckpoints``, ``numberOfCompletedCheckpoints`` and ``numberOfFailedCheckpoints``;
        of the last that became complete ``lastCompletedCheckpointId``, ``lastCheckpointDuration`` (ms from
        its trigger), ``lastCheckpointSize`` (bytes that it has stored itself) and ``lastCheckpointFullSize``
        (and what it refers to of earlier ones); and ``lastCheckpointRestoreTimestamp`` (ms since the epoch).
        What has not been yet is -1.
        """
        return self._backend.metrics()

    def get_job_execution_result(self) -> CompletableFuture[JobExecutionResult]:
        """The result after the end; JobExecutionError or JobCancelledError if the job did not finish."""
        return CompletableFuture.supply_async(self._backend.wait)

    def __repr__(self) -> str:
        return f"<JobClient {self.get_job_id()}>"


def _check_savepoint(directory: str | None, format_type: SavepointFormatType | None) -> None:
    if directory is not None and not isinstance(directory, str):
        raise TypeError(f"savepoint_directory must be a str, not {directory!r}")
    if format_type is SavepointFormatType.NATIVE:
        raise NotBuiltError("savepoints in the native format of a state backend are not built: use CANONICAL")


def _check_query(key_type: object, descriptor: object) -> None:
    from pyflinkpp.common.typeinfo import TypeInformation
    from pyflinkpp.datastream.state import StateDescriptor

    if not isinstance(key_type, TypeInformation | None):
        raise TypeError(f"key_type_info must be a TypeInformation, not {key_type!r}")
    if not isinstance(descriptor, StateDescriptor | None):
        raise TypeError(f"state_descriptor must be a StateDescriptor, not {descriptor!r}")


def _built(name: str, call: Any) -> Any:
    """The result of `call`; a plain NotImplementedError of a backend says which feature it lacks."""
    try:
        return call()
    except NotBuiltError:
        raise
    except NotImplementedError as error:
        raise NotBuiltError(f"{name} is not built for this kind of job yet") from error
