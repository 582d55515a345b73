"""A source of generated elements: Java's ``DataGeneratorSource``, which PyFlink lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._checks import not_negative
from pyflinkpp.datastream.connectors.base import Source

__all__ = ["DataGeneratorSource"]


class DataGeneratorSource(Source):
    """``generator_function(index)`` for each index from 0 to ``count`` less 1.

    ``rate_per_second`` limits the elements of all subtasks together (default: no limit); ``type_info`` is
    the elements' type (default: pickled). The position is part of checkpoints, so the function should
    depend on the index alone.

    >>> DataGeneratorSource(lambda i: f"user-{i % 3}", 100, rate_per_second=10).count
    100
    """

    _connector = "datagen"
    _native_kind = "datagen"

    def __init__(
        self,
        generator_function: Callable[[int], Any],
        count: int,
        rate_per_second: float | None = None,
        type_info: TypeInformation | None = None,
    ) -> None:
        """Raises ``TypeError`` for a function that can't be called, ``ValueError`` for a bad number."""
        super().__init__()
        if not callable(getattr(generator_function, "map", generator_function)):
            raise TypeError(f"generator_function must be callable, not {generator_function!r}")
        if rate_per_second is not None and not rate_per_second > 0:
            raise ValueError(f"rate_per_second must be greater than 0, got {rate_per_second}")
        self.generator_function = generator_function
        self.count = not_negative(count, "count")
        self.rate_per_second = rate_per_second
        self.type_info = type_info
