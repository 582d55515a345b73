"""Two streams for one function."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pyflinkpp.common._type_variables import IN1, IN2
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._functions.shapes import CoFlatMaps, CoMaps, CoProcesses
from pyflinkpp.datastream._streams.base import add_operator, output_type_of
from pyflinkpp.datastream._streams.keyed import KeyedStream
from pyflinkpp.datastream._streams.stream import DataStream
from pyflinkpp.datastream.functions import (
    CoFlatMapFunction,
    CoMapFunction,
    CoProcessFunction,
    KeyedCoProcessFunction,
)

R = TypeVar("R")


class ConnectedStreams(Generic[IN1, IN2]):
    """Two streams of possibly different types whose records one function sees (``ConnectedStreams``)."""

    def __init__(self, stream1: DataStream[IN1], stream2: DataStream[IN2]) -> None:
        self.stream1 = stream1
        self.stream2 = stream2

    def key_by(
        self, key_selector1: Any, key_selector2: Any, key_type: TypeInformation | None = None
    ) -> ConnectedStreams[IN1, IN2]:
        """Partitions both by key, so that records with equal keys meet."""
        return ConnectedStreams(
            self.stream1.key_by(key_selector1, key_type), self.stream2.key_by(key_selector2, key_type)
        )

    def map(self, func: CoMaps[IN1, IN2, R], output_type: TypeInformation | None = None) -> DataStream[R]:
        """One record for each record: `map1` for the first stream's, `map2` for the second's."""
        self._require(func, CoMapFunction, "map")
        return self._apply("Co-Map", func, "map", "value", output_type)

    def flat_map(
        self, func: CoFlatMaps[IN1, IN2, R], output_type: TypeInformation | None = None
    ) -> DataStream[R]:
        """Any number of records for each: `flat_map1` and `flat_map2`."""
        self._require(func, CoFlatMapFunction, "flat_map")
        return self._apply("Co-Flat Map", func, "flat_map", "iterable", output_type)

    def process(
        self, func: CoProcesses[IN1, IN2, R], output_type: TypeInformation | None = None
    ) -> DataStream[R]:
        """Runs a CoProcessFunction, on keyed streams also a KeyedCoProcessFunction."""
        if isinstance(func, KeyedCoProcessFunction) and not self._is_keyed():
            raise TypeError("a KeyedCoProcessFunction needs both streams to be keyed")
        if not isinstance(func, CoProcessFunction | KeyedCoProcessFunction):
            raise TypeError(f"process takes a CoProcessFunction, not {func!r}")
        name = "Keyed Co-Process" if self._is_keyed() else "Co-Process"
        return self._apply(name, func, "process_element", "iterable", output_type, context=True)

    def _is_keyed(self) -> bool:
        return isinstance(self.stream1, KeyedStream) and isinstance(self.stream2, KeyedStream)

    @staticmethod
    def _require(func: Any, base: type, what: str) -> None:
        if not isinstance(func, base):
            raise TypeError(f"{what} of connected streams takes a {base.__name__}, not {func!r}")

    def _apply(
        self, name: str, func: Any, method: str, form: str, output_type: Any, **how: Any
    ) -> DataStream[Any]:
        return add_operator(
            self.stream1._env,
            name,
            [self.stream1._upstreams, self.stream2._upstreams],
            func,
            [(method + "1", form), (method + "2", form)],
            output_type_of(output_type),
            keyed=self._is_keyed(),
            **how,
        )
