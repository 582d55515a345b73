"""The end of a stream."""

from __future__ import annotations

from pyflinkpp._impl.transformation import Transformation
from pyflinkpp.datastream._streams.settings import OperatorSettings


class DataStreamSink(OperatorSettings):
    """A sink that was attached to a stream (Flink's ``DataStreamSink``), for its settings."""

    def __init__(self, transformation: Transformation) -> None:
        self._transformation = transformation
