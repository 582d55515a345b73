"""Joins and co-groups of two streams by key and window (Java's ``DataStream.join`` and ``coGroup``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pyflinkpp._impl.adapters import method_or_call
from pyflinkpp._impl.window_joins import CoGroupWindow, JoinWindow, Tagger, UnionKey
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._checks import millis, not_negative
from pyflinkpp.datastream.functions import (
    CoGroupFunction,
    FlatJoinFunction,
    JoinFunction,
    KeySelector,
    WindowFunction,
)
from pyflinkpp.datastream.window import Evictor, Trigger, WindowAssigner

if TYPE_CHECKING:
    from pyflinkpp.datastream._streams.stream import DataStream

T1 = TypeVar("T1")
T2 = TypeVar("T2")
#: Those of the steps, which are classes within classes.
A = TypeVar("A")
B = TypeVar("B")
W = TypeVar("W", bound="_WithWindow[Any, Any]")


class _Streams(Generic[T1, T2]):
    """Two streams that wait for their keys."""

    def __init__(self, first: DataStream[T1], second: DataStream[T2]) -> None:
        self._first = first
        self._second = second


class _Where(Generic[T1, T2]):
    """Two streams of which the first has its key."""

    def __init__(
        self, streams: _Streams[T1, T2], key_selector: Any, key_type: TypeInformation | None
    ) -> None:
        method_or_call(key_selector, KeySelector, "get_key", "where")
        self._streams = streams
        self._key_selector = key_selector
        self._key_type = key_type


class _EqualTo(Generic[T1, T2]):
    """Two streams that wait for their windows."""

    def __init__(self, where: _Where[T1, T2], key_selector: Any) -> None:
        method_or_call(key_selector, KeySelector, "get_key", "equal_to")
        self._streams = where._streams
        self._key = UnionKey(where._key_selector, key_selector)
        self._key_type = where._key_type


class _WithWindow(Generic[T1, T2]):
    """Two streams with keys and windows, to be ended by ``apply``."""

    def __init__(self, keyed: _EqualTo[T1, T2], assigner: WindowAssigner[Any, Any]) -> None:
        if not isinstance(assigner, WindowAssigner):
            raise TypeError(f"window takes a WindowAssigner, not {assigner!r}")
        self._keyed = keyed
        self._assigner = assigner
        self._trigger: Trigger[Any, Any] | None = None
        self._evictor: Evictor[Any] | None = None
        self._allowed_lateness = 0

    def trigger(self: W, trigger: Trigger[Any, Any]) -> W:
        """Decides when windows fire, in place of the assigner's trigger. It sees elements as TaggedUnion."""
        if not isinstance(trigger, Trigger):
            raise TypeError(f"trigger takes a Trigger, not {trigger!r}")
        self._trigger = trigger
        return self

    def evictor(self: W, evictor: Evictor[Any]) -> W:
        """Drops elements of a window that fires. It sees them as TaggedUnion."""
        if not isinstance(evictor, Evictor):
            raise TypeError(f"evictor takes an Evictor, not {evictor!r}")
        self._evictor = evictor
        return self

    def allowed_lateness(self: W, new_lateness: Any) -> W:
        """How long windows still take elements after their end: a Time, a Duration or milliseconds."""
        self._allowed_lateness = not_negative(millis(new_lateness, "new_lateness"), "new_lateness")
        return self

    def _apply(
        self, function: WindowFunction[Any, Any, Any, Any], output_type: TypeInformation | None
    ) -> DataStream[Any]:
        streams = self._keyed._streams
        first, second = (
            stream.map(Tagger(side), Types.PICKLED_BYTE_ARRAY()).set_parallelism(
                stream._transformation.parallelism
            )
            for side, stream in ((1, streams._first), (2, streams._second))
        )
        windowed = first.union(second).key_by(self._keyed._key, self._keyed._key_type).window(self._assigner)
        if self._trigger is not None:
            windowed.trigger(self._trigger)
        if self._evictor is not None:
            windowed.evictor(self._evictor)
        if self._allowed_lateness:
            windowed.allowed_lateness(self._allowed_lateness)
        result: DataStream[Any] = windowed.apply(function, output_type)
        return result


class JoinedStreams(_Streams[T1, T2]):
    """What ``DataStream.join`` gives (Flink's ``JoinedStreams``).

    Each pair of elements with equal keys in the same window is a result; elements without a partner are none.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.datastream.window import CountTumblingWindowAssigner
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> people = env.from_collection([(1, 'Ann'), (2, 'Bob')])
    >>> cities = env.from_collection([(1, 'Rome'), (2, 'Oslo')])
    >>> keyed = people.join(cities).where(lambda p: p[0]).equal_to(lambda c: c[0])
    >>> joined = keyed.window(CountTumblingWindowAssigner.of(2)).apply(lambda p, c: (p[1], c[1]))
    >>> sorted(joined.execute_and_collect())
    [('Ann', 'Rome'), ('Bob', 'Oslo')]
    """

    def where(
        self, key_selector: Any, key_type: TypeInformation | None = None
    ) -> JoinedStreams.Where[T1, T2]:
        """The key of the first stream's elements: a KeySelector or a callable."""
        return JoinedStreams.Where(self, key_selector, key_type)

    class Where(_Where[A, B]):
        """After ``where``."""

        def equal_to(self, key_selector: Any) -> JoinedStreams.EqualTo[A, B]:
            """The key of the second stream's elements."""
            return JoinedStreams.EqualTo(self, key_selector)

    class EqualTo(_EqualTo[A, B]):
        """After ``equal_to``."""

        def window(self, assigner: WindowAssigner[Any, Any]) -> JoinedStreams.WithWindow[A, B]:
            """The windows in which elements meet."""
            return JoinedStreams.WithWindow(self, assigner)

    class WithWindow(_WithWindow[A, B]):
        """After ``window``."""

        def apply(self, function: Any, output_type: TypeInformation | None = None) -> DataStream[Any]:
            """Calls a JoinFunction, a FlatJoinFunction, or a callable of two elements, for each pair."""
            if not isinstance(function, FlatJoinFunction):
                method_or_call(function, JoinFunction, "join", "apply")
            return self._apply(JoinWindow(function), output_type)


class CoGroupedStreams(_Streams[T1, T2]):
    """What ``DataStream.co_group`` gives (Flink's ``CoGroupedStreams``).

    A function sees all elements of both streams that have equal keys in the same window, at once; one of the
    sides may be empty.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.datastream.window import CountTumblingWindowAssigner
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> first, second = env.from_collection([1, 3]), env.from_collection([2])
    >>> keyed = first.co_group(second).where(lambda x: 0).equal_to(lambda x: 0)
    >>> windowed = keyed.window(CountTumblingWindowAssigner.of(3))
    >>> list(windowed.apply(lambda odd, even: [(sorted(odd), even)]).execute_and_collect())
    [([1, 3], [2])]
    """

    def where(
        self, key_selector: Any, key_type: TypeInformation | None = None
    ) -> CoGroupedStreams.Where[T1, T2]:
        """The key of the first stream's elements: a KeySelector or a callable."""
        return CoGroupedStreams.Where(self, key_selector, key_type)

    class Where(_Where[A, B]):
        """After ``where``."""

        def equal_to(self, key_selector: Any) -> CoGroupedStreams.EqualTo[A, B]:
            """The key of the second stream's elements."""
            return CoGroupedStreams.EqualTo(self, key_selector)

    class EqualTo(_EqualTo[A, B]):
        """After ``equal_to``."""

        def window(self, assigner: WindowAssigner[Any, Any]) -> CoGroupedStreams.WithWindow[A, B]:
            """The windows in which elements meet."""
            return CoGroupedStreams.WithWindow(self, assigner)

    class WithWindow(_WithWindow[A, B]):
        """After ``window``."""

        def apply(self, function: Any, output_type: TypeInformation | None = None) -> DataStream[Any]:
            """Calls a CoGroupFunction, or a callable of two lists, for each key and window."""
            method_or_call(function, CoGroupFunction, "co_group", "apply")
            return self._apply(CoGroupWindow(function), output_type)
