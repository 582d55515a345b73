"""Operators and keys that run in C++, without Python: an extension beyond PyFlink.

They work on streams whose records never became Python objects: those of `read_text_file`, of file and
number sources, and of other operators of this module.

>>> from pyflinkpp import native
>>> from pyflinkpp.common import Types
>>> from pyflinkpp.datastream import StreamExecutionEnvironment
>>> import tempfile
>>> with tempfile.NamedTemporaryFile('w', suffix='.txt') as file:
...     _ = file.write('to be or not to be')
...     file.flush()
...     env = StreamExecutionEnvironment.get_execution_environment()
...     words = env.read_text_file(file.name).transform('Split', Types.STRING(), native.split())
...     counts = words.key_by(native.value(Types.STRING())).transform('Count', native.COUNTED, native.count())
...     sorted(counts.execute_and_collect())[-2:]
[('to', 1), ('to', 2)]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyflinkpp._native as _native
from pyflinkpp.common.typeinfo import TypeInformation, Types

__all__ = ["COUNTED", "NativeKey", "NativeOperator", "count", "split", "value"]

#: What `count` produces: the key and how many records it has had.
COUNTED = Types.TUPLE([Types.STRING(), Types.LONG()])


@dataclass(frozen=True)
class NativeOperator:
    """For `DataStream.transform`: how the operator is made, and the type of what it produces."""

    name: str
    make: Callable[[], _native.OperatorFactory]
    output_type: TypeInformation

    def __repr__(self) -> str:
        return f"native.{self.name}"


@dataclass(frozen=True)
class NativeKey:
    """For `key_by`: how keys are found, and their type."""

    make: Callable[[], _native.KeyExtractorFactory]
    key_type: TypeInformation


def split(separator: str | None = None) -> NativeOperator:
    """STRING to STRING: the pieces between separators; without one, the words between white space.

    White space is ASCII white space. Raises ValueError for an empty separator.
    """
    if separator == "":
        raise ValueError("split: empty separator")
    return NativeOperator(f"split({separator!r})", lambda: _native.split(separator or ""), Types.STRING())


def count() -> NativeOperator:
    """The running count of a stream keyed by STRING, as (key, count); in BATCH mode the final counts."""
    return NativeOperator("count()", _native.keyed_count, COUNTED)


def value(key_type: TypeInformation) -> NativeKey:
    """The record itself as its key."""
    return NativeKey(_native.value_as_key, key_type)
