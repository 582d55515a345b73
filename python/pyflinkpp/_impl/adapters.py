"""User functions in the form that the native operators call: one callable and result form an input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyflinkpp._impl.runtime_context import ElementContext, SubtaskContext
from pyflinkpp._impl.shipping import unship
from pyflinkpp.datastream.functions import Function

#: (callable, result form, context object or None); see `ResultForm` in cpp/bindings/python_function.h
Call = tuple[Callable[..., Any], str, ElementContext | None]


@dataclass
class Opened:
    """A function opened in one subtask, as the native operator sees it.

    `finish` is called once when all inputs have ended; `close` at the end, however that comes about.
    """

    calls: list[Call]
    functions: list[Any]
    finish: Callable[[], None] | None = None

    def close(self) -> None:
        for function in self.functions:
            if isinstance(function, Function):
                function.close()


@dataclass
class Opener:
    """Loads and opens a shipped function in a subtask; called by the native operator.

    `forms` names for each input the method to call (None: the function itself is called) and its
    result form; with `context` the methods take a context beside the value.
    """

    shipped: bytes
    forms: list[tuple[str | None, str]]
    context: bool = False

    def __call__(self, where: Mapping[str, Any]) -> Opened:
        function = unship(self.shipped)
        opened = Opened([], [function])
        if isinstance(function, Function):
            function.open(SubtaskContext(where))
        context = ElementContext() if self.context else None
        for method, form in self.forms:
            call = function if method is None else getattr(function, method)
            opened.calls.append((call, form, context))
        return opened


def method_or_call(function: Any, base: type, method: str, what: str) -> str | None:
    """The name of the method to call, or None for a plain callable.

    Raises TypeError for anything that is neither a `base` nor callable.
    """
    if isinstance(function, base):
        return method
    if callable(function):
        return None
    raise TypeError(f"{what} takes a {base.__name__} or a callable, not {function!r}")
