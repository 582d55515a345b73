"""JSON and CSV rows there and back; schemas of files."""

from __future__ import annotations

import datetime
import pickle
from decimal import Decimal

import pytest

from pyflinkpp.common.errors import ConfigurationError, NotBuiltError
from pyflinkpp.common.typeinfo import Types
from pyflinkpp.common.types import Row
from pyflinkpp.datastream.formats.avro import AvroRowDeserializationSchema, AvroSchema
from pyflinkpp.datastream.formats.csv import (
    CsvReaderFormat,
    CsvRowDeserializationSchema,
    CsvRowSerializationSchema,
    CsvSchema,
)
from pyflinkpp.datastream.formats.json import JsonRowDeserializationSchema, JsonRowSerializationSchema
from pyflinkpp.datastream.formats.parquet import ParquetColumnarRowInputFormat

SIMPLE = Types.ROW_NAMED(["id", "name"], [Types.INT(), Types.STRING()])


def json_in(type_info, **flags):
    return JsonRowDeserializationSchema(type_info, **flags)


def json_out(type_info):
    return JsonRowSerializationSchema.builder().with_type_info(type_info).build()


@pytest.mark.parametrize(
    ("type_info", "value", "text"),
    [
        (Types.BOOLEAN(), True, "true"),
        (Types.LONG(), 2**62, str(2**62)),
        (Types.DOUBLE(), 1.5, "1.5"),
        (Types.DOUBLE(), 1e7, "1.0E7"),
        (Types.FLOAT(), 0.10000000149011612, "0.1"),
        (Types.STRING(), 'ä"x', '"ä\\"x"'),
        (Types.STRING(), "\x1f\n\\", '"\\u001F\\n\\\\"'),
        (Types.BIG_DEC(), Decimal("12345678901234567890.10"), "12345678901234567890.10"),
        (Types.SQL_DATE(), datetime.date(2024, 2, 29), '"2024-02-29"'),
        (Types.SQL_TIME(), datetime.time(1, 2, 3, 400000), '"01:02:03.4Z"'),
        (Types.SQL_TIMESTAMP(), datetime.datetime(2024, 1, 2, 3, 4, 5), '"2024-01-02T03:04:05Z"'),
        (Types.PRIMITIVE_ARRAY(Types.BYTE()), b"ab", '"YWI="'),
        (Types.LIST(Types.INT()), [1, None, 3], "[1,null,3]"),
        (Types.MAP(Types.STRING(), Types.INT()), {"a": 1}, '{"a":1}'),
        (SIMPLE, Row(id=1, name=None), '{"id":1,"name":null}'),
    ],
)
def test_json_round_trip(type_info, value, text):
    row_type = Types.ROW_NAMED(["x"], [type_info])
    message = json_out(row_type).serialize(Row(x=value))
    assert message.decode() == f'{{"x":{text}}}'
    assert json_in(row_type).deserialize(message) == Row(x=value)


def test_json_lenient_reading_as_flink_does():
    assert json_in(SIMPLE).deserialize(b'{"id":"7","name":3,"more":1}') == Row(id=7, name="3")
    assert json_in(SIMPLE).deserialize(b"{}") == Row(id=None, name=None)
    assert json_in(SIMPLE).get_produced_type() == SIMPLE


def test_json_errors():
    for bad in (b"nonsense", b'{"id":"x"}', b"[1]", b'{"id":3000000000}'):
        with pytest.raises(ValueError, match="Failed to deserialize JSON"):
            json_in(SIMPLE).deserialize(bad)
    with pytest.raises(ValueError, match="'name'"):
        json_in(SIMPLE, fail_on_missing_field=True).deserialize(b'{"id":1}')
    lenient = json_in(SIMPLE, ignore_parse_errors=True)
    assert lenient.deserialize(b"nonsense") is None
    assert lenient.deserialize(b'{"id":"x","name":"n"}') == Row(id=None, name="n")
    with pytest.raises(ConfigurationError, match="excludes"):
        json_in(SIMPLE, fail_on_missing_field=True, ignore_parse_errors=True)
    with pytest.raises(ConfigurationError, match="type_info"):
        JsonRowDeserializationSchema.builder().build()
    with pytest.raises(TypeError, match="row type"):
        JsonRowSerializationSchema.builder().with_type_info(Types.INT())
    with pytest.raises(ValueError, match="2"):
        json_out(SIMPLE).serialize(Row(1))


def test_json_schemas_survive_pickling_after_use():
    schema = json_in(SIMPLE)
    schema.deserialize(b"{}")
    assert pickle.loads(pickle.dumps(schema)).deserialize(b'{"id":1}') == Row(id=1, name=None)


def test_csv_rows():
    t = Types.ROW_NAMED(
        ["i", "s", "d", "l"],
        [Types.INT(), Types.STRING(), Types.SQL_DATE(), Types.OBJECT_ARRAY(Types.INT())],
    )
    out = CsvRowSerializationSchema.Builder(t).set_null_literal("-").build()
    row = Row(i=5, s='a "b", c', d=datetime.date(2024, 1, 2), l=[1, 2])
    line = out.serialize(row)
    assert line == b'5,"a ""b"", c",2024-01-02,1;2\n'
    read = CsvRowDeserializationSchema.Builder(t).set_null_literal("-").build()
    assert read.deserialize(line) == row
    assert read.deserialize(out.serialize(Row(None, "x", None, None))) == Row(i=None, s="x", d=None, l=None)


@pytest.mark.parametrize(
    ("type_info", "value", "text"),
    [
        (Types.STRING(), "123'4*", "'123''4**'"),
        (Types.STRING(), "a;b'c", "'a;b''c'"),
        (Types.STRING(), "null", "null"),
        (Types.INT(), 12, "12"),
        (Types.DOUBLE(), 1e10, "1.0E10"),
        (Types.FLOAT(), 0.10000000149011612, "0.1"),
        (Types.BOOLEAN(), True, "true"),
        (Types.SQL_TIME(), datetime.time(1, 2, 3), "'01:02:03'"),
        (Types.SQL_TIMESTAMP(), datetime.datetime(2018, 11, 12, 12, 12, 12), "'2018-11-12 12:12:12.0'"),
        (
            Types.PRIMITIVE_ARRAY(Types.BYTE()),
            b"a long message of bytes",
            "'YSBsb25nIG1lc3NhZ2Ugb2YgYnl0ZXM='",
        ),
        (Types.ROW([Types.STRING(), Types.STRING()]), Row("1", "hello world"), "'1:hello world'"),
        (Types.OBJECT_ARRAY(Types.INT()), [1, 2], "'1:2'"),
    ],
)
def test_csv_fields_in_flinks_bytes(type_info, value, text):
    row_type = Types.ROW([Types.STRING(), type_info, Types.STRING()])

    def builder(schema):
        return (
            schema.Builder(row_type)
            .set_escape_character("*")
            .set_quote_character("'")
            .set_array_element_delimiter(":")
            .set_field_delimiter(";")
        )

    message = builder(CsvRowSerializationSchema).build().serialize(Row("BEGIN", value, "END"))
    assert message.decode() == f"BEGIN;{text};END\n"
    read = builder(CsvRowDeserializationSchema).build().deserialize(message)
    assert read is not None and list(read[1] if isinstance(value, Row) else [read[1]]) == (
        list(value) if isinstance(value, Row) else [value]
    )


def test_csv_settings_and_errors():
    read = CsvRowDeserializationSchema.Builder(SIMPLE).set_field_delimiter("|").set_allow_comments(True)
    assert read.build().deserialize(b"1|a") == Row(id=1, name="a")
    assert read.build().deserialize(b"# no") is None
    with pytest.raises(ValueError, match="2 fields expected but was 1"):
        read.build().deserialize(b"1")
    lenient = read.set_ignore_parse_errors(True).build()
    assert lenient.deserialize(b"x|a") == Row(id=None, name="a")
    assert lenient.deserialize(b"1") == Row(id=1, name=None)
    assert lenient.deserialize(b'1|"a') is None
    with pytest.raises(ValueError, match="one character"):
        read.set_field_delimiter("||")
    out = CsvRowSerializationSchema.Builder(SIMPLE).disable_quote_character().set_line_delimiter("")
    assert out.build().serialize(Row(1, "a b")) == b"1,a b"


def test_csv_schema():
    schema = (
        CsvSchema.builder()
        .add_string_column("s")
        .add_number_column("n")
        .add_boolean_column("b")
        .add_array_column("a", separator="#")
        .set_column_separator("|")
        .set_use_header()
        .build()
    )
    assert len(schema) == 4 and schema.use_header and schema.column_separator == "|"
    assert CsvReaderFormat.for_schema(schema)._produced_type() == Types.ROW_NAMED(
        ["s", "n", "b", "a"],
        [Types.STRING(), Types.LONG(), Types.BOOLEAN(), Types.OBJECT_ARRAY(Types.STRING())],
    )
    with pytest.raises(ValueError, match="'s'"):
        CsvSchema.builder().add_string_column("s").add_string_column("s")
    with pytest.raises(ValueError, match="columns"):
        CsvSchema.builder().build()


def test_avro_and_parquet_are_declared():
    schema = '{"type": "record", "name": "r", "fields": []}'
    assert AvroSchema.parse_string(schema) == AvroSchema.parse_string(schema)
    with pytest.raises(NotBuiltError, match="avro"):
        AvroRowDeserializationSchema(avro_schema_string=schema).deserialize(b"")
    with pytest.raises(ConfigurationError, match="avro_schema_string"):
        AvroRowDeserializationSchema()
    with pytest.raises(ValueError, match="batch_size"):
        ParquetColumnarRowInputFormat(SIMPLE, batch_size=0)
