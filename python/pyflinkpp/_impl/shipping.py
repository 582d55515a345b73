"""User functions on their way into subtasks: pickled where they are declared, loaded where they run."""

from __future__ import annotations

import pickle
from typing import Any

from pyflinkpp._impl.shown import said


def ship(function: Any, what: str, advice: str = "create such things in open() instead") -> bytes:
    """Pickles a user's object by value. Raises TypeError that says what of it cannot be pickled."""
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(function))
    except Exception as error:
        if isinstance(error, RecursionError) or isinstance(error.__cause__, RecursionError):
            raise TypeError(f"{what} cannot be shipped to its subtasks: it is nested too deep") from error
        raise TypeError(
            f"{what} cannot be shipped to its subtasks, because it or something it refers to cannot be "
            f"pickled: {said(error).rstrip('.')}; {advice}"
        ) from error


def unship(shipped: bytes) -> Any:
    """The function as a fresh copy."""
    return pickle.loads(shipped)
