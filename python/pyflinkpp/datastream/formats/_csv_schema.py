"""Columns of a CSV file and how they are set off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._checks import text
from pyflinkpp.datastream.formats._data_types import decimal_digits, type_of


@dataclass(frozen=True)
class CsvColumn:
    """A column; ``kind`` is string, number, boolean or array, ``data_type`` a ``DataTypes`` value or None."""

    name: str
    kind: str
    data_type: Any = None
    separator: str | None = None

    def _type_info(self) -> TypeInformation:
        if self.kind == "boolean":
            return Types.BOOLEAN()
        if self.kind == "array":
            return Types.OBJECT_ARRAY(Types.STRING() if self.data_type is None else type_of(self.data_type))
        if self.kind == "number":
            return Types.LONG() if self.data_type is None else type_of(self.data_type)
        return Types.STRING()

    def _decimal_digits(self) -> tuple[int, int]:
        """Precision and scale of a decimal column."""
        return decimal_digits(self.data_type)


@dataclass(frozen=True)
class CsvSchema:
    """Columns and punctuation (Jackson's ``CsvSchema``, as PyFlink uses it); made by ``builder()``.

    >>> len(CsvSchema.builder().add_string_column("name").add_number_column("n").build())
    2
    """

    columns: tuple[CsvColumn, ...]
    column_separator: str = ","
    line_separator: str = "\n"
    quote_char: str | None = '"'
    escape_char: str | None = None
    null_value: str | None = None
    array_element_separator: str = ";"
    use_header: bool = False
    strict_headers: bool = False
    skip_first_data_row: bool = False
    allow_comments: bool = False
    any_property_name: str | None = field(default=None)

    @staticmethod
    def builder() -> CsvSchemaBuilder:
        """A builder."""
        return CsvSchemaBuilder()

    def size(self) -> int:
        """How many columns there are."""
        return len(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def _row_type(self) -> TypeInformation:
        return Types.ROW_NAMED([c.name for c in self.columns], [c._type_info() for c in self.columns])


def _char(value: str, name: str) -> str:
    if not isinstance(value, str) or len(value) != 1:
        raise ValueError(f"{name} must be one character, got {value!r}")
    return value


class CsvSchemaBuilder:
    """Collects columns and punctuation; each method returns the builder."""

    def __init__(self) -> None:
        self._schema = CsvSchema(())

    def _with(self, **changes: Any) -> CsvSchemaBuilder:
        self._schema = replace(self._schema, **changes)
        return self

    def _add(self, column: CsvColumn) -> CsvSchemaBuilder:
        text(column.name, "column name")
        if any(c.name == column.name for c in self._schema.columns):
            raise ValueError(f"column {column.name!r} is there already")
        return self._with(columns=(*self._schema.columns, column))

    def add_string_column(self, name: str) -> CsvSchemaBuilder:
        """A column of text; ``ValueError`` for a name that is there already, as for all columns."""
        return self._add(CsvColumn(name, "string"))

    def add_number_column(self, name: str, number_type: Any = None) -> CsvSchemaBuilder:
        """A column of numbers; ``number_type`` is a numeric ``DataTypes`` value (default BIGINT)."""
        return self._add(CsvColumn(name, "number", number_type))

    def add_boolean_column(self, name: str) -> CsvSchemaBuilder:
        """A column of ``true`` and ``false``."""
        return self._add(CsvColumn(name, "boolean"))

    def add_array_column(self, name: str, separator: str = ";", element_type: Any = None) -> CsvSchemaBuilder:
        """A column of lists, their elements (default: text) between ``separator``."""
        return self._add(CsvColumn(name, "array", element_type, separator))

    def add_columns_from(self, schema: CsvSchema) -> CsvSchemaBuilder:
        """All columns of another schema."""
        for column in schema.columns:
            self._add(column)
        return self

    def clear_columns(self) -> CsvSchemaBuilder:
        """Forget all columns."""
        return self._with(columns=())

    def set_use_header(self, use: bool = True) -> CsvSchemaBuilder:
        """Whether the first line names the columns."""
        return self._with(use_header=use)

    def set_strict_headers(self, strict: bool = True) -> CsvSchemaBuilder:
        """Whether the header must have the schema's names in their order."""
        return self._with(strict_headers=strict)

    def set_skip_first_data_row(self, skip: bool = True) -> CsvSchemaBuilder:
        """Whether the first line of data is left out."""
        return self._with(skip_first_data_row=skip)

    def set_allow_comments(self, allow: bool = True) -> CsvSchemaBuilder:
        """Whether lines that begin with ``#`` are left out."""
        return self._with(allow_comments=allow)

    def set_any_property_name(self, name: str) -> CsvSchemaBuilder:
        """The name under which further values of a line are kept."""
        return self._with(any_property_name=name)

    def set_column_separator(self, char: str) -> CsvSchemaBuilder:
        """One character (default ``,``)."""
        return self._with(column_separator=_char(char, "column separator"))

    def set_array_element_separator(self, separator: str) -> CsvSchemaBuilder:
        """Between the elements of lists (default ``;``)."""
        return self._with(array_element_separator=text(separator, "separator"))

    def disable_array_element_separator(self) -> CsvSchemaBuilder:
        """Lists have one element."""
        return self._with(array_element_separator="")

    def remove_array_element_separator(self, index: int) -> CsvSchemaBuilder:
        """The column at ``index`` is no list any more; ``IndexError`` where there is none."""
        columns = list(self._schema.columns)
        columns[index] = replace(columns[index], separator=None)
        return self._with(columns=tuple(columns))

    def set_quote_char(self, char: str) -> CsvSchemaBuilder:
        """One character (default ``"``)."""
        return self._with(quote_char=_char(char, "quote character"))

    def disable_quote_char(self) -> CsvSchemaBuilder:
        """Quotes are text."""
        return self._with(quote_char=None)

    def set_escape_char(self, char: str) -> CsvSchemaBuilder:
        """One character (default: none)."""
        return self._with(escape_char=_char(char, "escape character"))

    def disable_escape_char(self) -> CsvSchemaBuilder:
        """No character escapes the next."""
        return self._with(escape_char=None)

    def set_line_separator(self, separator: str) -> CsvSchemaBuilder:
        """Between lines when writing (default ``\\n``)."""
        return self._with(line_separator=text(separator, "separator"))

    def set_null_value(self, null_value: str) -> CsvSchemaBuilder:
        """The text that stands for ``None``."""
        return self._with(null_value=null_value)

    def size(self) -> int:
        """How many columns there are."""
        return self._schema.size()

    def __len__(self) -> int:
        return len(self._schema)

    def build(self) -> CsvSchema:
        """The schema; ``ValueError`` where it has no column."""
        if not self._schema.columns:
            raise ValueError("CsvSchema: missing columns")
        return self._schema
