"""A stream whose records may come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pyflinkpp._native as _native
from pyflinkpp._impl.transformation import Transformation, Upstream
from pyflinkpp.datastream._streams.stream import DataStream

if TYPE_CHECKING:
    from pyflinkpp.datastream.stream_execution_environment import StreamExecutionEnvironment

T = TypeVar("T")


class IterativeStream(DataStream[T]):
    """The beginning of a loop (``IterativeStream`` of Flink 1.x, in Java only).

    Transform it, split what comes out by two filters, and give the part that shall go round again to
    `close_with`; the other part is the result. Records of the loop and new ones come in no particular
    order. Watermarks do not go round.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> loop = env.from_collection([1, 10]).iterate(max_wait_time_millis=200)
    >>> doubled = loop.map(lambda x: x * 2)
    >>> _ = loop.close_with(doubled.filter(lambda x: x < 100))
    >>> sorted(doubled.filter(lambda x: x >= 100).execute_and_collect())
    [128, 160]
    """

    @classmethod
    def _begin(cls, stream: DataStream[T], max_wait_time_millis: int) -> IterativeStream[T]:
        if not isinstance(max_wait_time_millis, int) or isinstance(max_wait_time_millis, bool):
            raise TypeError(f"max_wait_time_millis must be an int, not {max_wait_time_millis!r}")
        if max_wait_time_millis < 0:
            raise ValueError(f"max_wait_time_millis must not be negative, got {max_wait_time_millis}")
        env: StreamExecutionEnvironment = stream._env
        head = Transformation(
            "Iteration",
            max(upstream.transformation.parallelism for upstream in stream._upstreams),
            [stream._upstreams],
            make_operator=lambda: _native.pass_through(),
            iteration_wait_millis=max_wait_time_millis,
        )
        env._add(head)
        return cls(env, [Upstream(head)], stream.get_type())

    def close_with(self, feedback_stream: DataStream[T]) -> DataStream[T]:
        """Sends the records of a stream round again, and gives that stream.

        May be called more than once. Raises ValueError for a stream that does not come from this loop,
        TypeError for one of another type.
        """
        if not isinstance(feedback_stream, DataStream):
            raise TypeError(f"close_with takes a DataStream, not {feedback_stream!r}")
        if feedback_stream.get_type() != self._type:
            raise TypeError(
                f"the records of this loop are of type {self._type}, those of the feedback of type "
                f"{feedback_stream.get_type()}: declare the same output_type"
            )
        head = self._transformation
        feedback = feedback_stream._plain()
        if not all(_comes_from(head, upstream.transformation) for upstream in feedback._upstreams):
            raise ValueError("close_with needs a stream that comes from this loop")
        head.feedback += feedback._upstreams
        return feedback_stream


def _comes_from(head: Transformation, transformation: Transformation) -> bool:
    seen: set[Transformation] = set()
    left: list[Any] = [transformation]
    while left:
        one = left.pop()
        if one is head:
            return True
        if one not in seen:
            seen.add(one)
            left += [upstream.transformation for upstreams in one.inputs for upstream in upstreams]
    return False
