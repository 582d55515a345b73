"""Retry strategies of asynchronous functions. Delays are in milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pyflinkpp.datastream._checks import positive
from pyflinkpp.datastream.functions import AsyncRetryPredicate, AsyncRetryStrategy

__all__ = [
    "ExponentialBackoffDelayRetryStrategy",
    "FixedDelayRetryStrategy",
    "NoRetryStrategy",
    "RetryPredicate",
]

OUT = TypeVar("OUT")


class RetryPredicate(AsyncRetryPredicate[OUT]):
    """A pair of predicates, each of which may be ``None``."""

    def __init__(
        self,
        result_predicate: Callable[[list[OUT]], bool] | None,
        exception_predicate: Callable[[Exception], bool] | None,
    ) -> None:
        self._result_predicate = result_predicate
        self._exception_predicate = exception_predicate

    def result_predicate(self) -> Callable[[list[OUT]], bool] | None:
        """True for a result to be tried again."""
        return self._result_predicate

    def exception_predicate(self) -> Callable[[Exception], bool] | None:
        """True for an exception to be tried again."""
        return self._exception_predicate


class NoRetryStrategy(AsyncRetryStrategy[OUT]):
    """Never tries again.

    >>> NoRetryStrategy().can_retry(1)
    False
    """

    def can_retry(self, current_attempts: int) -> bool:
        """Always False."""
        return False

    def get_backoff_time_millis(self, current_attempts: int) -> int:
        """Always -1."""
        return -1

    def get_retry_predicate(self) -> AsyncRetryPredicate[OUT]:
        """A pair without predicates."""
        return RetryPredicate(None, None)


class _Predicated(AsyncRetryStrategy[OUT], Generic[OUT]):
    """The part that both delaying strategies share."""

    def __init__(
        self,
        max_attempts: int,
        result_predicate: Callable[[list[OUT]], bool] | None,
        exception_predicate: Callable[[Exception], bool] | None,
    ) -> None:
        self._max_attempts = positive(max_attempts, "max_attempts")
        self._predicate = RetryPredicate(result_predicate, exception_predicate)

    def can_retry(self, current_attempts: int) -> bool:
        """True while ``current_attempts`` is at most ``max_attempts``."""
        return current_attempts <= self._max_attempts

    def get_retry_predicate(self) -> AsyncRetryPredicate[OUT]:
        """The predicates given."""
        return self._predicate


class FixedDelayRetryStrategy(_Predicated[OUT]):
    """The same delay before each attempt (Flink's ``FixedDelayRetryStrategy``).

    >>> FixedDelayRetryStrategy(2, 50, None, None).can_retry(3)
    False
    """

    def __init__(
        self,
        max_attempts: int,
        backoff_time_millis: int,
        result_predicate: Callable[[list[OUT]], bool] | None,
        exception_predicate: Callable[[Exception], bool] | None,
    ) -> None:
        """Raises ``ValueError`` where ``max_attempts`` or ``backoff_time_millis`` is below 1."""
        super().__init__(max_attempts, result_predicate, exception_predicate)
        self._backoff_time_millis = positive(backoff_time_millis, "backoff_time_millis")

    def get_backoff_time_millis(self, current_attempts: int) -> int:
        """The fixed delay."""
        return self._backoff_time_millis


class ExponentialBackoffDelayRetryStrategy(_Predicated[OUT]):
    """A delay multiplied from attempt to attempt, up to a limit.

    >>> s = ExponentialBackoffDelayRetryStrategy(9, 10, 35, 2.0, None, None)
    >>> [s.get_backoff_time_millis(n) for n in (1, 2, 3)]
    [10, 20, 35]
    """

    def __init__(
        self,
        max_attempts: int,
        initial_delay: int,
        max_retry_delay: int,
        multiplier: float,
        result_predicate: Callable[[list[OUT]], bool] | None,
        exception_predicate: Callable[[Exception], bool] | None,
    ) -> None:
        """Raises ``ValueError`` where a number is not above zero."""
        super().__init__(max_attempts, result_predicate, exception_predicate)
        self._initial_delay = positive(initial_delay, "initial_delay")
        self._max_retry_delay = positive(max_retry_delay, "max_retry_delay")
        if not multiplier > 0:
            raise ValueError(f"multiplier must be greater than 0, got {multiplier}")
        self._multiplier = multiplier

    def get_backoff_time_millis(self, current_attempts: int) -> int:
        """Computed from the attempt's number, so that elements in flight do not disturb one another."""
        delay: float = self._initial_delay
        for _ in range(1, current_attempts):
            delay = min(delay * self._multiplier, self._max_retry_delay)
        return int(delay)


NO_RETRY_STRATEGY: NoRetryStrategy[Any] = NoRetryStrategy()
