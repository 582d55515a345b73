"""A stream that every subtask sees, connected with one that is dealt out."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._streams.base import add_operator, output_type_of
from pyflinkpp.datastream._streams.keyed import KeyedStream
from pyflinkpp.datastream._streams.stream import DataStream
from pyflinkpp.datastream.functions import BroadcastProcessFunction, KeyedBroadcastProcessFunction

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
        """Runs a BroadcastProcessFunction, or on a keyed stream a KeyedBroadcastProcessFunction.

        Raises TypeError where the function and the stream do not belong together, or no state was declared.
        """
        keyed = isinstance(self.non_broadcast_stream, KeyedStream)
        wanted = KeyedBroadcastProcessFunction if keyed else BroadcastProcessFunction
        if not isinstance(func, wanted):
            keys = "with" if keyed else "without"
            raise TypeError(f"process takes a {wanted.__name__} on a stream {keys} keys, not {func!r}")
        return add_operator(
            self.non_broadcast_stream._env,
            "Co-Process-Broadcast-Keyed" if keyed else "Co-Process-Broadcast",
            [self.non_broadcast_stream._upstreams, self.broadcast_stream.input_stream._upstreams],
            func,
            [("process_element", "iterable"), ("process_broadcast_element", "iterable")],
            output_type_of(output_type),
            context=True,
            keyed=keyed,
            broadcast=list(self.broadcast_state_descriptors),
        )
