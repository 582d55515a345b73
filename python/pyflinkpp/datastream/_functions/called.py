"""A plain callable in the shape of a ``ReduceFunction``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyflinkpp.datastream._functions.simple import ReduceFunction


class CalledReduceFunction(ReduceFunction[Any]):
    """Reduces by calling ``func(value1, value2)``."""

    def __init__(self, func: Callable[[Any, Any], Any]) -> None:
        self.func = func

    def reduce(self, value1: Any, value2: Any) -> Any:
        """The callable's result."""
        return self.func(value1, value2)
