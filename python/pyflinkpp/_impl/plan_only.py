"""Asking a program for its plan instead of running its job."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

_wanted = False


class PlanOnly(BaseException):
    """Leaves the program at its first submission; no `except Exception` of the program holds it up."""

    def __init__(self, json: str) -> None:
        super().__init__("only the plan was asked for")
        self.json = json


@contextlib.contextmanager
def plan_only() -> Iterator[None]:
    """Within, submissions raise PlanOnly."""
    global _wanted
    _wanted = True
    try:
        yield
    finally:
        _wanted = False


def is_plan_wanted() -> bool:
    """Whether a submission shall raise PlanOnly rather than run."""
    return _wanted
