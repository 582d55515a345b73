"""Ready-made predicates for asynchronous retries."""

from __future__ import annotations

from typing import Any

__all__ = ["empty_result_predicate", "exception_type_predicate", "has_exception_predicate"]


def empty_result_predicate(result: list[Any] | None) -> bool:
    """True for ``None`` and for an empty list.

    >>> empty_result_predicate([])
    True
    """
    return not result


def has_exception_predicate(error: BaseException | None) -> bool:
    """True for any exception.

    >>> has_exception_predicate(OSError())
    True
    """
    return error is not None


def exception_type_predicate(error: BaseException | None, expected_error_type: type[BaseException]) -> bool:
    """True for an exception of the given type or a subclass.

    A strategy wants a predicate of the exception alone, so bind the type:

    >>> from functools import partial
    >>> partial(exception_type_predicate, expected_error_type=OSError)(ConnectionError())
    True
    """
    return isinstance(error, expected_error_type)
