"""User functions on their way into subtasks: pickled where they are declared, loaded where they run."""

from __future__ import annotations

import pickle
from typing import Any


def ship(function: Any, what: str) -> bytes:
    """Pickles a user's object by value. Raises TypeError that says what of it cannot be pickled."""
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(function))
    except Exception as error:
        raise TypeError(
            f"{what} cannot be shipped to its subtasks, because it or something it refers to cannot be "
            f"pickled: {error}. Create such things in open() instead."
        ) from error


def unship(shipped: bytes) -> Any:
    """The function as a fresh copy."""
    return pickle.loads(shipped)
