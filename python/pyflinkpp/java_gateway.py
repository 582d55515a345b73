"""PyFlink's way into the Java virtual machine, of which there is none."""

from __future__ import annotations

from pyflinkpp._impl.java_objects import JavaName

__all__ = ["Gateway", "get_gateway", "is_launch_gateway_disabled"]


class Gateway:
    """Has a `jvm` below which names can be spelled out; calling one raises NoJvmError that names it."""

    jvm = JavaName("jvm")


def get_gateway() -> Gateway:
    """The gateway of this process.

    >>> get_gateway().jvm.java.util.ArrayList()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    pyflinkpp.common.errors.NoJvmError: jvm.java.util.ArrayList needs a Java virtual machine, ...
    """
    return _GATEWAY


def is_launch_gateway_disabled() -> bool:
    """Always true: no gateway is launched."""
    return True


_GATEWAY = Gateway()
