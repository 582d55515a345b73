"""Whole batches for functions that take many records at once, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.adapters import Opened, Opener

FORMATS = ("arrow", "numpy", "pandas")


def check_format(batch_format: str) -> None:
    """Raises ValueError for an unknown format, and ImportError where its library is not installed."""
    if batch_format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {batch_format!r}")
    for library in {"pyarrow", "pyarrow" if batch_format == "arrow" else batch_format}:
        try:
            import_module(library)
        except ImportError as error:
            raise ImportError(f"map_batches with format {batch_format!r} needs {library}") from error


@dataclass
class BatchOpener:
    """Opens a shipped function of whole batches in a subtask; called by the native operator."""

    opener: Opener
    batch_format: str

    def __call__(self, where: Mapping[str, Any]) -> Opened:
        opened = self.opener(where)
        ((function, form, context),) = opened.calls
        present = globals()[f"_to_{self.batch_format}"]

        def call(batch: _native.Column | list[Any]) -> _native.Column | list[Any]:
            result = _column_of(function(present(batch)))
            if len(result) != len(batch):
                raise ValueError(
                    f"the function gave {len(result)} values for a batch of {len(batch)}; "
                    "it has to give one for each"
                )
            return result

        opened.calls = [(call, form, context)]
        return opened


def _to_arrow(batch: _native.Column | list[Any]) -> Any:
    """A record batch of tuples or rows, an array of anything else."""
    import pyarrow

    array = pyarrow.array(batch)
    return pyarrow.RecordBatch.from_struct_array(array) if pyarrow.types.is_struct(array.type) else array


def _to_numpy(batch: _native.Column | list[Any]) -> Any:
    """A dict of arrays by field of tuples or rows, an array of anything else."""
    import numpy
    import pyarrow

    if isinstance(batch, list):
        objects = numpy.empty(len(batch), dtype=object)
        objects[:] = batch
        return objects
    data = _to_arrow(batch)
    if isinstance(data, pyarrow.RecordBatch):
        return {name: data[name].to_numpy(zero_copy_only=False) for name in data.schema.names}
    return data.to_numpy(zero_copy_only=False)


def _to_pandas(batch: _native.Column | list[Any]) -> Any:
    """A frame of tuples or rows, a series of anything else."""
    import pandas

    return pandas.Series(batch, dtype=object) if isinstance(batch, list) else _to_arrow(batch).to_pandas()


def _column_of(result: Any) -> _native.Column | list[Any]:
    """What a function of batches has given back."""
    import pyarrow

    if isinstance(result, list):
        return result
    if isinstance(result, Mapping):
        return _column_of(pyarrow.RecordBatch.from_pydict(dict(result)))
    if isinstance(result, pyarrow.Table | pyarrow.ChunkedArray):
        array = result.to_struct_array() if isinstance(result, pyarrow.Table) else result
        return _native.Column.from_arrow(array.combine_chunks())
    kind = type(result).__module__.partition(".")[0]
    if kind == "pandas" and hasattr(result, "columns"):
        return _native.Column.from_arrow(pyarrow.RecordBatch.from_pandas(result, preserve_index=False))
    if kind == "pandas" and hasattr(result, "to_numpy"):
        return _native.Column.from_arrow(pyarrow.Array.from_pandas(result))
    if kind == "numpy" and getattr(result, "ndim", None) == 1:
        return _native.Column.from_arrow(pyarrow.array(result))
    if hasattr(result, "__arrow_c_array__"):
        return _native.Column.from_arrow(result)
    raise TypeError(
        "a function of batches gives an Arrow array, record batch or table, a series or frame of pandas, "
        f"a numpy array, a dict of such by field, or a list; not {_shortened(result)} of type "
        f"{type(result).__name__}"
    )


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "..."
