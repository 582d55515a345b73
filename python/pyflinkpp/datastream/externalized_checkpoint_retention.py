"""Whether checkpoints stay when their job is cancelled."""

from __future__ import annotations

from enum import Enum

__all__ = ["ExternalizedCheckpointCleanup", "ExternalizedCheckpointRetention"]


class ExternalizedCheckpointRetention(Enum):
    """Flink's ``ExternalizedCheckpointRetention``.

    >>> ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION.value
    1
    """

    DELETE_ON_CANCELLATION = 0
    """They stay after a failure and go when the job is cancelled."""

    RETAIN_ON_CANCELLATION = 1
    """They stay in both cases; removing them is up to the user."""

    NO_EXTERNALIZED_CHECKPOINTS = 2
    """They go in both cases."""


ExternalizedCheckpointCleanup = ExternalizedCheckpointRetention
"""The name of Flink 1.x."""
