"""Whether a job runs as a stream or as a batch."""

from __future__ import annotations

from enum import Enum

__all__ = ["RuntimeExecutionMode"]


class RuntimeExecutionMode(Enum):
    """Flink's ``RuntimeExecutionMode`` (``execution.runtime-mode``).

    >>> RuntimeExecutionMode.STREAMING.value
    0
    """

    STREAMING = 0
    """Results as they come, checkpoints, timers by the wall clock."""

    BATCH = 1
    """Bounded input only: final results, recovery by running again."""

    AUTOMATIC = 2
    """BATCH where all sources are bounded, else STREAMING."""
