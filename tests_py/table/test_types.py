"""Types of columns, and what formats make of them."""

from __future__ import annotations

import pickle

import pytest

from pyflinkpp.common import Types
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.datastream.formats._data_types import decimal_digits, type_of
from pyflinkpp.table import DataTypes

ROW = DataTypes.ROW(
    [
        DataTypes.FIELD("a", DataTypes.ARRAY(DataTypes.CHAR(3))),
        DataTypes.FIELD("m", DataTypes.MAP(DataTypes.STRING(), DataTypes.TIMESTAMP_LTZ(3))),
        DataTypes.FIELD("b", DataTypes.BYTES()),
        DataTypes.FIELD("d", DataTypes.DATE().bridged_to("java.sql.Date")),
    ]
)


def test_types_are_equal_where_their_parts_are() -> None:
    assert DataTypes.INT() == DataTypes.INT() != DataTypes.BIGINT()
    assert DataTypes.INT().not_null() != DataTypes.INT()
    assert DataTypes.INT(nullable=False).nullable() == DataTypes.INT()
    assert DataTypes.VARCHAR(3) != DataTypes.VARCHAR(4)
    assert pickle.loads(pickle.dumps(ROW)) == ROW
    assert len({DataTypes.STRING(), DataTypes.STRING(), DataTypes.BYTES()}) == 2


def test_the_streams_type_for_a_column() -> None:
    assert type_of(ROW) == Types.ROW_NAMED(
        ["a", "m", "b", "d"],
        [
            Types.OBJECT_ARRAY(Types.STRING()),
            Types.MAP(Types.STRING(), Types.INSTANT()),
            Types.PRIMITIVE_ARRAY(Types.BYTE()),
            Types.SQL_DATE(),
        ],
    )
    assert type_of(DataTypes.ROW([DataTypes.TINYINT()])) == Types.ROW_NAMED(["f0"], [Types.BYTE()])
    assert decimal_digits(DataTypes.DECIMAL(4, 2)) == (4, 2)
    assert decimal_digits(Types.BIG_DEC()) == (38, 18)
    with pytest.raises(NotBuiltError, match="MultisetType"):
        type_of(DataTypes.MULTISET(DataTypes.INT()))
    with pytest.raises(TypeError, match="'INT'"):
        type_of("INT")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DataTypes.CHAR(0), "the length of a CharType must be 1 to"),
        (lambda: DataTypes.DECIMAL(39, 0), "the precision of a decimal must be 1 to 38"),
        (lambda: DataTypes.TIMESTAMP(10), "the precision of a TimestampType must be 0 to 9"),
    ],
)
def test_what_a_type_cannot_be(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=message):
        make()
