"""A sink that drops everything."""

from __future__ import annotations

from pyflinkpp.datastream.connectors.base import Sink

__all__ = ["DiscardingSink"]


class DiscardingSink(Sink):
    """Drops every record (Flink's ``DiscardingSink``), to run a program for its speed or side effects.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> _ = env.from_collection([1, 2]).sink_to(DiscardingSink())
    >>> env.execute().get_accumulator_result('none') is None
    True
    """

    _connector = "discarding"
    _native_kind = "discard"

    def __init__(self) -> None:
        """Takes no settings."""
        super().__init__()
