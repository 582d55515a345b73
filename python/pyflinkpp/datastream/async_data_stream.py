"""Asynchronous functions on streams."""

from __future__ import annotations

from typing import Any, NoReturn

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.time import Time
from pyflinkpp.common.typeinfo import TypeInformation

__all__ = ["AsyncDataStream"]


class AsyncDataStream:
    """Applies an AsyncFunction (Flink's ``AsyncDataStream``). Not built yet: every method raises."""

    @staticmethod
    def unordered_wait(
        data_stream: Any,
        async_function: Any,
        timeout: Time,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> NoReturn:
        """Results as they come."""
        _not_built("unordered_wait")

    @staticmethod
    def unordered_wait_with_retry(
        data_stream: Any,
        async_function: Any,
        timeout: Time,
        async_retry_strategy: Any,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> NoReturn:
        """Results as they come, with retries."""
        _not_built("unordered_wait_with_retry")

    @staticmethod
    def ordered_wait(
        data_stream: Any,
        async_function: Any,
        timeout: Time,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> NoReturn:
        """Results in the order of the records."""
        _not_built("ordered_wait")

    @staticmethod
    def ordered_wait_with_retry(
        data_stream: Any,
        async_function: Any,
        timeout: Time,
        async_retry_strategy: Any,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> NoReturn:
        """Results in the order of the records, with retries."""
        _not_built("ordered_wait_with_retry")


def _not_built(name: str) -> NoReturn:
    raise NotBuiltError(f"AsyncDataStream.{name} is not built yet")
