"""`ExecutionMode`, an option of Flink 1.x about how data is exchanged in batch programs."""

from enum import Enum

__all__ = ["ExecutionMode"]


class ExecutionMode(Enum):
    """How a batch program exchanges data; accepted, without effect: see `RuntimeExecutionMode`.

    >>> ExecutionMode.PIPELINED.name
    'PIPELINED'
    """

    PIPELINED = 0
    PIPELINED_FORCED = 1
    BATCH = 2
    BATCH_FORCED = 3
