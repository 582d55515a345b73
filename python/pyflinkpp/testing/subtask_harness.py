"""What driving an operator and driving a source have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import pyflinkpp._native as _native

H = TypeVar("H", bound="SubtaskHarness")


@dataclass(frozen=True)
class OperatorSnapshot:
    """What one subtask remembered at a checkpoint; given by a harness, and taken by the next one."""

    checkpoint_id: int
    #: In milliseconds since the epoch.
    timestamp: int
    _state: _native.OperatorSnapshot


#: The snapshots of all subtasks that an operator had, in their order; one alone stands for itself.
Restored = OperatorSnapshot | Sequence[OperatorSnapshot] | None


def place(restored: Restored, subtask: int, parallelism: int, max_parallelism: int) -> _native.DrivenPlace:
    """Where a harness runs, and what it goes on from.

    Raises ValueError for a subtask that there is not, and for snapshots of several checkpoints.
    """
    if not 0 <= subtask < parallelism <= max_parallelism:
        raise ValueError(
            f"there is no subtask {subtask} at parallelism {parallelism} of at most {max_parallelism}"
        )
    snapshots = [restored] if isinstance(restored, OperatorSnapshot) else list(restored or ())
    checkpoints = {snapshot.checkpoint_id for snapshot in snapshots}
    if len(checkpoints) > 1:
        raise ValueError(f"these snapshots are of several checkpoints: {sorted(checkpoints)}")
    return _native.DrivenPlace(
        subtask=subtask,
        parallelism=parallelism,
        max_parallelism=max_parallelism,
        restored_checkpoint_id=checkpoints.pop() if checkpoints else None,
        restored=[snapshot._state for snapshot in snapshots],
    )


class SubtaskHarness:
    """Gathers what a driven subtask emits, and takes snapshots of it."""

    _driver: _native.OperatorDriver | _native.SourceDriver

    def __init__(self) -> None:
        self._output: list[tuple[int, Any, int | None]] = []
        self._watermarks: list[int] = []
        self._checkpoints = 0

    def snapshot(self, checkpoint_id: int | None = None, timestamp: int = 0) -> OperatorSnapshot:
        """What the subtask remembers now, as at a checkpoint begun at `timestamp` (in ms since the epoch).

        Checkpoints are numbered from 1 unless an id is given. It goes on all the same; another harness made
        with ``restored=`` goes on from the snapshot instead.
        """
        self._checkpoints = self._checkpoints + 1 if checkpoint_id is None else checkpoint_id
        try:
            state = self._driver.snapshot_state(self._checkpoints, timestamp)
        finally:
            self._gather()
        return OperatorSnapshot(self._checkpoints, timestamp, state)

    def notify_checkpoint_complete(self, checkpoint_id: int) -> None:
        """Tells the subtask's functions that a checkpoint is complete."""
        self._driver.notify_checkpoint_complete(checkpoint_id)

    def notify_checkpoint_aborted(self, checkpoint_id: int) -> None:
        """Tells the subtask's functions that a checkpoint will not be completed."""
        self._driver.notify_checkpoint_aborted(checkpoint_id)

    def take_values(self) -> list[Any]:
        """The records of the main output since the last call."""
        return [value for value, _ in self.take_records()]

    def take_records(self) -> list[tuple[Any, int | None]]:
        """The records of the main output since the last call, each with its event time or None."""
        return self._take(0)

    def take_watermarks(self) -> list[int]:
        """The watermarks that have been emitted since the last call."""
        taken, self._watermarks = self._watermarks, []
        return taken

    def close(self) -> None:
        """Closes what is driven; a second call does nothing."""
        self._driver.close()

    def __enter__(self: H) -> H:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _take(self, slot: int) -> list[tuple[Any, int | None]]:
        taken = [(value, timestamp) for at, value, timestamp in self._output if at == slot]
        self._output = [entry for entry in self._output if entry[0] != slot]
        return taken

    def _gather(self) -> None:
        for kind, slot, value, timestamp in self._driver.take_output():
            if kind == "record":
                self._output.append((slot, value, timestamp))
            else:
                self._watermarks.append(value)
