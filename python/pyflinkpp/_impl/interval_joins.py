"""Functions of interval joins, as their native operator calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyflinkpp._impl.adapters import Opened
from pyflinkpp._impl.checkpointed import open_function
from pyflinkpp._impl.shipping import unship
from pyflinkpp.datastream.functions import ProcessJoinFunction


class PairContext(ProcessJoinFunction.Context):
    """The `ctx` of a ProcessJoinFunction. The native operator sets the slots before each call."""

    __slots__ = ("_left_timestamp", "_right_timestamp")

    _left_timestamp: int
    _right_timestamp: int

    def get_left_timestamp(self) -> int:
        return self._left_timestamp

    def get_right_timestamp(self) -> int:
        return self._right_timestamp

    def get_timestamp(self) -> int:
        return max(self._left_timestamp, self._right_timestamp)


@dataclass
class IntervalJoinOpener:
    """Loads and opens a shipped ProcessJoinFunction in a subtask."""

    shipped: bytes

    def __call__(self, where: Mapping[str, Any]) -> Opened:
        function = unship(self.shipped)
        open_function(function, where)
        return Opened([(function.process_element, "iterable", PairContext())], [function])
