"""Functions that take part in checkpoints: what they are given, and when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.operator_state import SubtaskStateStore
from pyflinkpp._impl.runtime_context import SubtaskContext
from pyflinkpp.common.errors import NotBuiltError, StateError
from pyflinkpp.datastream.functions import (
    CheckpointedFunction,
    CheckpointListener,
    Function,
    FunctionInitializationContext,
    FunctionSnapshotContext,
    KeyedStateStore,
)

Where = Mapping[str, Any]


class InitializationContext(FunctionInitializationContext):
    """What `initialize_state` is given in one subtask."""

    def __init__(self, where: Where, state: _native.OperatorStateStore) -> None:
        self._where = where
        self._store = SubtaskStateStore(state)

    def is_restored(self) -> bool:
        return self._where["restored_checkpoint_id"] is not None

    def get_restored_checkpoint_id(self) -> int | None:
        checkpoint: int | None = self._where["restored_checkpoint_id"]
        return checkpoint

    def get_operator_state_store(self) -> SubtaskStateStore:
        return self._store

    def get_keyed_state_store(self) -> KeyedStateStore:
        scope = self._where.get("scope")
        if scope is None or not scope.keyed:
            raise StateError(
                f"get_keyed_state_store in '{self._where['operator_name']}': keyed state needs a keyed "
                "stream; call key_by before"
            )
        return SubtaskContext(self._where)


class SnapshotContext(FunctionSnapshotContext):
    """What `snapshot_state` is given."""

    def __init__(self, checkpoint_id: int, timestamp: int) -> None:
        self._checkpoint_id = checkpoint_id
        self._timestamp = timestamp

    def get_checkpoint_id(self) -> int:
        return self._checkpoint_id

    def get_checkpoint_timestamp(self) -> int:
        return self._timestamp


def open_function(function: Any, where: Where) -> None:
    """Gives a function its state if it is checkpointed, and opens it if it can be opened.

    Raises NotBuiltError for a checkpointed function where an operator does not keep its state yet.
    """
    if isinstance(function, CheckpointedFunction):
        state = where["operator_state"]
        if state is None:
            raise NotBuiltError(
                f"'{where['operator_name']}' can't run {type(function).__name__}: CheckpointedFunction is "
                "not built yet for functions of this kind"
            )
        function.initialize_state(InitializationContext(where, state))
    if isinstance(function, Function):
        function.open(SubtaskContext(where))


class Participants:
    """The functions of one operator in one subtask, as far as checkpoints are concerned."""

    functions: list[Any]

    def snapshot_state(self, checkpoint_id: int, timestamp: int) -> None:
        """Called by the native operator, which then takes what is in the operator state."""
        for function in self.functions:
            if isinstance(function, CheckpointedFunction):
                function.snapshot_state(SnapshotContext(checkpoint_id, timestamp))

    def notify_checkpoint_complete(self, checkpoint_id: int) -> None:
        for function in self.functions:
            if isinstance(function, CheckpointListener):
                function.notify_checkpoint_complete(checkpoint_id)

    def notify_checkpoint_aborted(self, checkpoint_id: int) -> None:
        for function in self.functions:
            if isinstance(function, CheckpointListener):
                function.notify_checkpoint_aborted(checkpoint_id)
