"""Type variables that stand for Any where a program gives none, as programs for PyFlink do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    IN = TypeVar("IN", default=Any)
    IN1 = TypeVar("IN1", default=Any)
    IN2 = TypeVar("IN2", default=Any)
    OUT = TypeVar("OUT", default=Any)
    KEY = TypeVar("KEY", default=Any)
    ACC = TypeVar("ACC", default=Any)
    VALUE = TypeVar("VALUE", default=Any)
    WINDOW = TypeVar("WINDOW", default=Any)
    TXN = TypeVar("TXN", default=Any)
    CONTEXT = TypeVar("CONTEXT", default=Any)
else:
    from typing import TypeVar

    IN = TypeVar("IN")
    IN1 = TypeVar("IN1")
    IN2 = TypeVar("IN2")
    OUT = TypeVar("OUT")
    KEY = TypeVar("KEY")
    ACC = TypeVar("ACC")
    VALUE = TypeVar("VALUE")
    WINDOW = TypeVar("WINDOW")
    TXN = TypeVar("TXN")
    CONTEXT = TypeVar("CONTEXT")
