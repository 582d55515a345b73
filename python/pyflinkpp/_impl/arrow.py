"""Arrow data into streams, by the C stream interface."""

from __future__ import annotations

from typing import Any

import pyflinkpp._native as _native
from pyflinkpp.common.typeinfo import TypeInformation, Types


def type_of_descriptor(descriptor: Any) -> TypeInformation:
    """The type that a `TypeInformation._descriptor()` describes.

    >>> type_of_descriptor(("ROW", ("id",), (("LONG", None, ()),)))
    Types.ROW_NAMED(['id'], [Types.LONG()])
    """
    kind, names, children = descriptor
    types = [type_of_descriptor(child) for child in children]
    if kind == "ROW":
        return Types.ROW_NAMED(list(names or (f"f{i}" for i in range(len(types)))), types)
    if kind == "TUPLE":
        return Types.TUPLE(types)
    if kind == "BYTES":
        return Types.PRIMITIVE_ARRAY(Types.BYTE())
    name = {"DATE": "SQL_DATE", "TIME": "SQL_TIME", "TIMESTAMP": "SQL_TIMESTAMP"}.get(kind, kind)
    type_info: TypeInformation = getattr(Types, name)(*types)
    return type_info


class _OneArray:
    """What has only `__arrow_c_array__`, as a stream of one batch."""

    def __init__(self, data: Any) -> None:
        self._column = _native.Column.from_arrow(data)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        columns = iter((self._column,))
        return _native.arrow_stream_capsule(self._column.type, lambda: next(columns, None))


class ArrowOpener:
    """Opens the stream of some Arrow data when the job runs.

    The stream that told the type is used first: there is data that can be read only once.
    """

    def __init__(self, data: Any) -> None:
        """Raises TypeError for what is no Arrow data, and EngineError for a type that can't be read."""
        if not hasattr(data, "__arrow_c_stream__"):
            if not hasattr(data, "__arrow_c_array__"):
                raise TypeError(
                    "from_arrow takes what has __arrow_c_stream__ or __arrow_c_array__ (a table, frame, "
                    f"reader or batch), not {data!r}"
                )
            data = _OneArray(data)
        self._data = data
        self._first: _native.ArrowStream | None = _native.ArrowStream(data)
        self.type_info = type_of_descriptor(self._first.type)

    def __call__(self) -> _native.ArrowStream:
        stream, self._first = self._first, None
        return _native.ArrowStream(self._data) if stream is None else stream
