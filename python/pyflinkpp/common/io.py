"""`InputFormat`, the base of Java's file formats."""

from __future__ import annotations

from typing import NoReturn

from pyflinkpp.common.errors import _no_jvm

__all__ = ["InputFormat"]


class InputFormat:
    """Base class of the formats that file sources read.

    >>> InputFormat().get_java_object()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    pyflinkpp.common.errors.NoJvmError: InputFormat.get_java_object needs a Java virtual machine, ...
    """

    def get_java_object(self) -> NoReturn:
        """Always raises: there is no Java object behind this one."""
        _no_jvm("InputFormat.get_java_object", "use FileSource with a format of pyflinkpp.datastream.formats")
