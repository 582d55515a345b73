"""The Table API's types, which formats take too. The rest of PyFlink's ``table`` is not built yet."""

from __future__ import annotations

from pyflinkpp.common.types import Row, RowKind
from pyflinkpp.table.types import DataTypes

__all__ = ["DataTypes", "Row", "RowKind"]
