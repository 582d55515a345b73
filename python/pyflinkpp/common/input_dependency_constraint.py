"""`InputDependencyConstraint`, an option of Flink 1.x about when a task may start."""

from enum import Enum

__all__ = ["InputDependencyConstraint"]


class InputDependencyConstraint(Enum):
    """Start a task when ANY or when ALL of its inputs have data; accepted, without effect.

    >>> InputDependencyConstraint.ANY.name
    'ANY'
    """

    ANY = 0
    ALL = 1
