"""Which option is proven to act by which test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., None])


class Proofs(dict[str, Callable[..., None]]):
    """The tests of a file by the keys of the options that they prove: `@proof(key)`."""

    def __call__(self, *keys: str) -> Callable[[F], F]:
        def remember(function: F) -> F:
            self.update(dict.fromkeys(keys, function))
            return function

        return remember
