"""The template for sinks into systems without transactions."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, NamedTuple

from pyflinkpp.common._type_variables import IN
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._functions.endpoints import FunctionInitializationContext, FunctionSnapshotContext
from pyflinkpp.datastream._functions.transactional import _TransactionalSink
from pyflinkpp.datastream.state import ListState, ListStateDescriptor

_log = logging.getLogger("pyflinkpp.sinks")

#: Stands for the checkpoint where the end of the input takes its place.
_END = 2**63 - 1


class CheckpointCommitter(ABC):
    """Remembers in an outside system which subtask has sent the records of which checkpoint (Flink's
    ``CheckpointCommitter``). Pickled into each subtask, where all its methods are called.

    What it writes is never cleaned up by the engine. Exactly once needs that ``commit_checkpoint`` and the
    sending are one atomic act, or that sending again changes nothing.
    """

    job_id: str = ""
    operator_id: str = ""

    def set_job_id(self, id: str) -> None:
        """Called first: the name that the job has for the committer, the same after each recovery."""
        self.job_id = id

    def set_operator_id(self, id: str) -> None:
        """Called next: the sink's name within the job."""
        self.operator_id = id

    @abstractmethod
    def create_resource(self) -> None:
        """Make what the marks are kept in, if it is not there; called in each subtask."""

    @abstractmethod
    def open(self) -> None:
        """Connect."""

    @abstractmethod
    def close(self) -> None:
        """Disconnect; the marks stay."""

    @abstractmethod
    def commit_checkpoint(self, subtask_idx: int, checkpoint_id: int) -> None:
        """Mark the records that the subtask had for the checkpoint as sent."""

    @abstractmethod
    def is_checkpoint_committed(self, subtask_idx: int, checkpoint_id: int) -> bool:
        """Whether they have been marked."""


class _Log(NamedTuple):
    """The records that a subtask took before a checkpoint; a tuple in its state."""

    checkpoint_id: int
    subtask: int
    timestamp: int
    values: list[Any]


class GenericWriteAheadSink(_TransactionalSink[IN]):
    """A sink that keeps records in its state until a checkpoint with them is complete, and then sends them
    (Flink's ``GenericWriteAheadSink``); for ``add_sink``. An extension: PyFlink has none.

    Subclasses define ``send_values``. What it refuses, or raises, is tried again at the next checkpoint, and
    nothing later is sent before; after the end of the input there is none, so that then it fails the job.
    What the ``committer`` has marked is not sent again after a recovery. Records wait in memory and are part
    of each checkpoint, so that the interval should be short. Where no checkpoint comes (BATCH mode, and jobs
    without checkpoints), all records are sent at the end of the input; Flink sends none there.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.testing import OperatorHarness
    >>> class Marks(CheckpointCommitter):
    ...     def create_resource(self):
    ...         self.marks = set()
    ...     def open(self): pass
    ...     def close(self): pass
    ...     def commit_checkpoint(self, subtask_idx, checkpoint_id):
    ...         self.marks.add((subtask_idx, checkpoint_id))
    ...     def is_checkpoint_committed(self, subtask_idx, checkpoint_id):
    ...         return (subtask_idx, checkpoint_id) in self.marks
    >>> class Printed(GenericWriteAheadSink):
    ...     def send_values(self, values, checkpoint_id, timestamp):
    ...         print(checkpoint_id, list(values))
    ...         return True
    >>> env = StreamExecutionEnvironment.get_execution_environment().enable_checkpointing(1000)
    >>> sink = env.from_collection([]).add_sink(Printed(Marks()))
    >>> with OperatorHarness(sink) as harness:
    ...     harness.process_element("a")
    ...     _ = harness.snapshot()
    ...     harness.process_element("b")
    ...     harness.notify_checkpoint_complete(1)
    1 ['a']
    """

    def __init__(
        self,
        committer: CheckpointCommitter,
        type_info: TypeInformation | None = None,
        job_id: str | None = None,
    ) -> None:
        """``type_info`` is that of the records, pickled unless given. ``job_id`` is what the committer knows
        the job by: by default an id of the job's first run, with which recoveries go on. A name of one's own
        must not serve again for a job that starts afresh, whose checkpoints have the same numbers.

        Raises:
            TypeError: ``committer`` is no ``CheckpointCommitter``.
        """
        super().__init__()
        if not isinstance(committer, CheckpointCommitter):
            raise TypeError(f"GenericWriteAheadSink takes a CheckpointCommitter, not {committer!r}")
        self._committer = committer
        self._type_info = type_info
        self._job_id = job_id
        self._values: list[IN] = []
        self._logs: list[_Log] = []

    @abstractmethod
    def send_values(self, values: Iterable[IN], checkpoint_id: int, timestamp: int) -> bool:
        """Send the records that came before a checkpoint, begun at ``timestamp`` (ms since the epoch).

        Returns whether all have been sent; otherwise all are tried again.
        """

    def invoke(self, value: IN, context: Any) -> None:
        """Keep the record."""
        self._values.append(value)

    # -- called by the engine; not to be redefined, but for those that call these

    def initialize_state(self, context: FunctionInitializationContext) -> None:
        """Take over what has not been sent, and open the committer."""
        store = context.get_operator_state_store()
        self._names: ListState[Any] = store.get_union_list_state(
            ListStateDescriptor("names", Types.PICKLED_BYTE_ARRAY())
        )
        self._state: ListState[Any] = store.get_list_state(ListStateDescriptor("logs", self._log_type()))
        at_first = (self._job_id or self._where["job_id"], self._where["operator_id"])
        name, operator = next(iter(self._names.get() or ()), at_first)
        self._names.update([(name, operator)])
        self._committer.set_job_id(name)
        self._committer.set_operator_id(operator)
        self._committer.create_resource()
        self._committer.open()
        restored = [_Log(*entry) for entry in self._state.get() or ()]
        self._logs = sorted((log for log in restored if not self._is_sent(log)), key=lambda log: log[:2])
        if self._commits_at_end:  # what is restored was complete, and nobody will say so again
            self._logs = [log for log in self._logs if not self._send(log)]

    def snapshot_state(self, context: FunctionSnapshotContext) -> None:
        """Put what came since the checkpoint before into the state."""
        if self._values:
            timestamp = context.get_checkpoint_timestamp()
            subtask = self._where["subtask"]
            self._logs.append(_Log(context.get_checkpoint_id(), subtask, timestamp, self._values))
            self._values = []
        self._state.update([tuple(log) for log in self._logs])

    def notify_checkpoint_complete(self, checkpoint_id: int) -> None:
        """Send what this checkpoint covers and those before it."""
        while self._logs and self._logs[0].checkpoint_id <= checkpoint_id:
            try:
                sent = self._is_sent(self._logs[0]) or self._send(self._logs[0])
            except Exception:
                if self._finished:
                    raise
                _log.exception("%s: sending failed, and is tried again", type(self).__name__)
                return
            if not sent:
                self._check_retry()
                return
            del self._logs[0]

    def finish(self) -> None:
        """Send everything where no checkpoint will come."""
        self._finished = True
        if not self._commits_at_end:
            return
        for log in self._logs:  # of savepoints
            if not self._is_sent(log) and not self._send(log):
                self._check_retry()
        self._logs = []
        if self._values:
            if not self.send_values(iter(self._values), _END, self._now()):
                self._check_retry()
            self._values = []

    def close(self) -> None:
        """Close the committer."""
        self._committer.close()

    def _write(self, value: IN, context: Any) -> None:
        self._values.append(value)

    def _is_sent(self, log: _Log) -> bool:
        return self._committer.is_checkpoint_committed(log.subtask, log.checkpoint_id)

    def _send(self, log: _Log) -> bool:
        if not self.send_values(iter(log.values), log.checkpoint_id, log.timestamp):
            return False
        self._committer.commit_checkpoint(log.subtask, log.checkpoint_id)
        return True

    def _check_retry(self) -> None:
        if self._finished:
            raise RuntimeError(
                f"{type(self).__name__}.send_values has refused records after the end of the input, when no "
                "checkpoint follows at which they could be sent"
            )

    def _log_type(self) -> TypeInformation:
        if self._type_info is None:
            return Types.PICKLED_BYTE_ARRAY()
        long = Types.LONG()
        return Types.TUPLE([long, long, long, Types.LIST(self._type_info)])
