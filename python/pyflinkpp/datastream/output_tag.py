"""The name and type of a side output."""

from __future__ import annotations

from typing import Any, Generic, overload

from pyflinkpp.common._type_variables import VALUE
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.common.types import Row
from pyflinkpp.datastream._checks import no_java

__all__ = ["OutputTag"]


class OutputTag(Generic[VALUE]):
    """Names a side output (Flink's ``OutputTag``); yield ``(tag, value)`` to send a value there.

    Two tags are the same output when their ids are equal. Without ``type_info``, which may also be given
    as a list of types for a row, values are pickled.

    >>> OutputTag("late").tag_id
    'late'
    >>> OutputTag("late") == OutputTag("late")
    True
    """

    @overload
    def __init__(self: OutputTag[Any], tag_id: str, type_info: None = None) -> None: ...
    @overload
    def __init__(self, tag_id: str, type_info: TypeInformation[VALUE]) -> None: ...
    @overload
    def __init__(self: OutputTag[Row], tag_id: str, type_info: list[TypeInformation]) -> None: ...
    def __init__(self, tag_id: str, type_info: Any = None) -> None:
        """Raises ``ValueError`` for an empty id and ``TypeError`` for one that is not a str."""
        if not isinstance(tag_id, str):
            raise TypeError(f"OutputTag tag_id must be a str, not {tag_id!r}")
        if not tag_id:
            raise ValueError("OutputTag tag_id must not be empty")
        self.tag_id = tag_id
        if type_info is None:
            self.type_info: TypeInformation = Types.PICKLED_BYTE_ARRAY()
        elif isinstance(type_info, list):
            self.type_info = Types.ROW(type_info)
        elif isinstance(type_info, TypeInformation):
            self.type_info = type_info
        else:
            raise TypeError(f"OutputTag type_info must be a TypeInformation, not {type_info!r}")

    def get_java_output_tag(self) -> Any:
        """Raises ``NotBuiltError``: there is no JVM."""
        no_java("OutputTag")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OutputTag) and self.tag_id == other.tag_id

    def __hash__(self) -> int:
        return hash((OutputTag, self.tag_id))

    def __repr__(self) -> str:
        return f"OutputTag({self.tag_id!r}, {self.type_info!r})"
