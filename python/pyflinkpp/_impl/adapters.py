"""User functions in the form that the native operators call: one callable and result form an input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyflinkpp._impl.broadcast_contexts import broadcast_contexts
from pyflinkpp._impl.checkpointed import Participants, open_function
from pyflinkpp._impl.shipping import unship
from pyflinkpp.datastream.functions import Function
from pyflinkpp.datastream.state import MapStateDescriptor

#: (callable, result form, context object or None); see `ResultForm` in cpp/bindings/python_function.h
Call = tuple[Callable[..., Any], str, Any]


@dataclass
class Opened(Participants):
    """A function opened in one subtask, as the native operator sees it.

    `finish` is called once when all inputs have ended; `close` at the end, however that comes about;
    `on_timer(time, context)` for each timer that is due.
    """

    calls: list[Call]
    functions: list[Any]
    finish: Callable[[], None] | None = None
    on_timer: Callable[[int, Any], Any] | None = None

    def close(self) -> None:
        for function in self.functions:
            if isinstance(function, Function):
                function.close()


@dataclass
class Opener:
    """Loads and opens a shipped function in a subtask; called by the native operator.

    `forms` names for each input the method to call (None: the function itself is called) and its
    result form; with `context` the methods take a context beside the value. `broadcast` are the states
    that the second input fills.
    """

    shipped: bytes
    forms: list[tuple[str | None, str]]
    context: bool = False
    broadcast: list[MapStateDescriptor] | None = None

    def __call__(self, where: Mapping[str, Any]) -> Opened:
        function = unship(self.shipped)
        opened = Opened([], [function])
        open_function(function, where)
        for (method, form), context in zip(self.forms, self._contexts(where), strict=True):
            call = function if method is None else getattr(function, method)
            opened.calls.append((call, form, context))
        if self.context and where["scope"].keyed:
            opened.on_timer = getattr(function, "on_timer", None)
        return opened

    def _contexts(self, where: Mapping[str, Any]) -> list[Any]:
        if not self.context:
            return [None] * len(self.forms)
        if self.broadcast is not None:
            return broadcast_contexts(where["scope"], where["operator_state"], self.broadcast)
        return [where["scope"].context()] * len(self.forms)


def method_or_call(function: Any, base: type, method: str, what: str) -> str | None:
    """The name of the method to call, or None for a plain callable.

    Raises TypeError for anything that is neither a `base` nor callable.
    """
    if isinstance(function, base):
        return method
    if callable(function):
        return None
    raise TypeError(f"{what} takes a {base.__name__} or a callable, not {function!r}")
