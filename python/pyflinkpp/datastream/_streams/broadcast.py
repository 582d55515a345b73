"""A stream that every subtask sees, connected with one that is dealt out."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._streams.stream import DataStream

T = TypeVar("T")


class BroadcastStream(Generic[T]):
    """A stream on its way to every subtask, with the broadcast state it fills (``BroadcastStream``)."""

    def __init__(
        self, input_stream: DataStream[T], broadcast_state_descriptors: list[Any] | None = None
    ) -> None:
        self.input_stream = input_stream
        self.broadcast_state_descriptors = broadcast_state_descriptors or []


class BroadcastConnectedStream:
    """A stream and a broadcast one for one function (Flink's ``BroadcastConnectedStream``)."""

    def __init__(
        self,
        non_broadcast_stream: DataStream[Any],
        broadcast_stream: BroadcastStream[Any],
        broadcast_state_descriptors: list[Any],
    ) -> None:
        self.non_broadcast_stream = non_broadcast_stream
        self.broadcast_stream = broadcast_stream
        self.broadcast_state_descriptors = broadcast_state_descriptors

    def process(self, func: Any, output_type: TypeInformation | None = None) -> DataStream[Any]:
        """Runs a (Keyed)BroadcastProcessFunction. Not built yet: raises NotBuiltError."""
        raise NotBuiltError("BroadcastConnectedStream.process: broadcast state is not built yet")
