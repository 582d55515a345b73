"""What a checkpoint promises."""

from __future__ import annotations

from enum import Enum

__all__ = ["CheckpointingMode"]


class CheckpointingMode(Enum):
    """Flink's ``CheckpointingMode`` (``execution.checkpointing.mode``).

    >>> CheckpointingMode["EXACTLY_ONCE"].name
    'EXACTLY_ONCE'
    """

    EXACTLY_ONCE = 0
    """Each element counts once in the state, also after a failure."""

    AT_LEAST_ONCE = 1
    """Elements may count twice after a failure; inputs do not wait for one another's barriers."""
