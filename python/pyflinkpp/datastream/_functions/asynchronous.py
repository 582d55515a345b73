"""Asynchronous functions and when they are tried again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic

from pyflinkpp.common._type_variables import IN, OUT
from pyflinkpp.datastream._checks import millis, positive
from pyflinkpp.datastream._functions.base import Function

if TYPE_CHECKING:
    from pyflinkpp.common.time import Time


ResultPredicate = Callable[[list[Any]], bool]
ExceptionPredicate = Callable[[Exception], bool]


class AsyncFunction(Function, Generic[IN, OUT]):
    """A coroutine for each element (Flink's ``AsyncFunction``); for ``AsyncDataStream``.

    >>> class Ask(AsyncFunction):
    ...     async def async_invoke(self, value):
    ...         return [value + 1]
    """

    @abstractmethod
    async def async_invoke(self, value: IN) -> list[OUT]:
        """The elements that replace ``value``, as a list; an exception fails the job."""

    def timeout(self, value: IN) -> list[OUT]:
        """Called instead when the timeout passed; raises ``TimeoutError`` unless overridden."""
        raise TimeoutError(f"asynchronous call timed out for element {value!r}")


class AsyncRetryPredicate(ABC, Generic[OUT]):
    """Which results and exceptions call for another attempt (Flink's ``AsyncRetryPredicate``)."""

    @abstractmethod
    def result_predicate(self) -> Callable[[list[OUT]], bool] | None:
        """True for a result to be tried again; ``None`` where none is."""

    @abstractmethod
    def exception_predicate(self) -> Callable[[Exception], bool] | None:
        """True for an exception to be tried again; ``None`` where none is."""


class AsyncRetryStrategy(ABC, Generic[OUT]):
    """How often and after which delay to try again (Flink's ``AsyncRetryStrategy``).

    >>> AsyncRetryStrategy.fixed_delay(3, 100).get_backoff_time_millis(1)
    100
    """

    @abstractmethod
    def can_retry(self, current_attempts: int) -> bool:
        """Whether the attempt with this number (the first retry is 1) may be made."""

    @abstractmethod
    def get_backoff_time_millis(self, current_attempts: int) -> int:
        """Milliseconds to wait before that attempt; -1 where there is none."""

    @abstractmethod
    def get_retry_predicate(self) -> AsyncRetryPredicate[OUT]:
        """What calls for another attempt."""

    @staticmethod
    def no_restart() -> AsyncRetryStrategy[Any]:
        """Never try again."""
        from pyflinkpp.datastream.async_retry_strategies import NO_RETRY_STRATEGY

        return NO_RETRY_STRATEGY

    @staticmethod
    def fixed_delay(
        max_attempts: int,
        backoff_time_millis: int,
        result_predicate: ResultPredicate | None = None,
        exception_predicate: ExceptionPredicate | None = None,
    ) -> AsyncRetryStrategy[Any]:
        """The same delay (ms) before each attempt. See ``FixedDelayRetryStrategy``."""
        from pyflinkpp.datastream.async_retry_strategies import FixedDelayRetryStrategy

        return FixedDelayRetryStrategy(
            max_attempts, backoff_time_millis, result_predicate, exception_predicate
        )

    @staticmethod
    def exponential_backoff(
        max_attempts: int,
        initial_delay: int,
        max_retry_delay: int,
        multiplier: float,
        result_predicate: ResultPredicate | None = None,
        exception_predicate: ExceptionPredicate | None = None,
    ) -> AsyncRetryStrategy[Any]:
        """A delay (ms) that grows. See ``ExponentialBackoffDelayRetryStrategy``."""
        from pyflinkpp.datastream.async_retry_strategies import ExponentialBackoffDelayRetryStrategy

        return ExponentialBackoffDelayRetryStrategy(
            max_attempts, initial_delay, max_retry_delay, multiplier, result_predicate, exception_predicate
        )


class AsyncFunctionDescriptor:
    """An asynchronous function with its settings, as the plan carries it."""

    class OutputMode(Enum):
        """Whether results keep the order of the inputs."""

        ORDERED = 0
        UNORDERED = 1

    def __init__(
        self,
        async_function: AsyncFunction[Any, Any],
        timeout: Time,
        capacity: int,
        async_retry_strategy: AsyncRetryStrategy[Any],
        output_mode: AsyncFunctionDescriptor.OutputMode,
    ) -> None:
        """``timeout``: a Time, Duration or ms, at least 0 (0: no timeout); ``capacity``: calls in flight.

        Raises:
            ValueError: a negative timeout or a capacity below 1.
            TypeError: not an ``AsyncFunction``.
        """
        if not isinstance(async_function, AsyncFunction):
            raise TypeError(f"async_function must be an AsyncFunction, not {async_function!r}")
        self.async_function = async_function
        self.timeout = timeout
        self.timeout_millis = millis(timeout, "timeout")
        if self.timeout_millis < 0:
            raise ValueError(f"timeout must not be negative, got {self.timeout_millis} ms")
        self.capacity = positive(capacity, "capacity")
        self.async_retry_strategy = async_retry_strategy
        self.output_mode = output_mode
