"""Options on the command line: `-Dkey=value` of a program run as it is, or what a runner took for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pyflinkpp.common._options import is_known, unknown_option_hint

_given: list[str] | None = None


def give(properties: Sequence[str] | None) -> None:
    """Lets a runner set the properties (`key=value`) of the program that it runs; None after that."""
    global _given
    _given = None if properties is None else list(properties)


def dynamic_properties(arguments: Sequence[str] | None = None) -> list[str]:
    """The properties (`key=value`) for environments of this process, in order.

    They are what a runner gave; without one, what `split_properties` finds in `arguments`, by default
    those of the program, which are left as they are.
    """
    if _given is not None:
        return _given
    return split_properties(sys.argv[1:] if arguments is None else arguments)[0]


def split_properties(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Properties among a program's arguments, and the arguments that are its own.

    A property is `-Dkey=value` or `-D key=value` with a key that is an option, or nearly one, in front
    of any `--`. Everything else belongs to the program.

    >>> split_properties(["--input", "x", "-Dparallelism.default=2", "-Dmine=1"])
    (['parallelism.default=2'], ['--input', 'x', '-Dmine=1'])
    """
    properties: list[str] = []
    own: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            return properties, [*own, argument, *rest]
        if argument == "-D" and rest and _is_property(rest[0]):
            properties.append(rest.pop(0))
        elif argument.startswith("-D") and _is_property(argument[2:]):
            properties.append(argument[2:])
        else:
            own.append(argument)
    return properties, own


def _is_property(text: str) -> bool:
    key, equals, _ = text.partition("=")
    return bool(equals) and (is_known(key) or unknown_option_hint(key) is not None)
