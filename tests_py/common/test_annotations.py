import dataclasses
import datetime
import decimal
import typing
from typing import Any, NamedTuple, Optional

import pytest

from pyflinkpp.common import Types
from pyflinkpp.common._annotations import _infer_from_annotation

PICKLED = Types.PICKLED_BYTE_ARRAY()


class Point(NamedTuple):
    x: int
    label: str | None


@dataclasses.dataclass
class Order:
    id: int
    where: Point
    prices: list[float]


@dataclasses.dataclass
class Node:
    value: int
    next: Optional["Node"]


@dataclasses.dataclass
class Broken:
    value: "NoSuchName"  # noqa: F821


POINT = Types.ROW_NAMED(["x", "label"], [Types.LONG(), Types.STRING()])


@pytest.mark.parametrize(
    ("annotation", "type_info"),
    [
        (int, Types.LONG()),
        (bool, Types.BOOLEAN()),
        (float, Types.DOUBLE()),
        (str, Types.STRING()),
        (bytes, Types.PRIMITIVE_ARRAY(Types.BYTE())),
        (decimal.Decimal, Types.BIG_DEC()),
        (datetime.date, Types.SQL_DATE()),
        (datetime.time, Types.SQL_TIME()),
        (datetime.datetime, Types.SQL_TIMESTAMP()),
        (tuple[int, str], Types.TUPLE([Types.LONG(), Types.STRING()])),
        (typing.List[int], Types.LIST(Types.LONG())),  # noqa: UP006
        (dict[str, list[int]], Types.MAP(Types.STRING(), Types.LIST(Types.LONG()))),
        (Optional[int], Types.LONG()),  # noqa: UP045
        (int | None, Types.LONG()),
        (typing.Annotated[int, "meters"], Types.LONG()),
        (Types.INT(), Types.INT()),
        (Point, POINT),
        (
            Order,
            Types.ROW_NAMED(["id", "where", "prices"], [Types.LONG(), POINT, Types.LIST(Types.DOUBLE())]),
        ),
        (Node, Types.ROW_NAMED(["value", "next"], [Types.LONG(), PICKLED])),
        (Broken, PICKLED),
        (int | str, PICKLED),
        (tuple[int, ...], PICKLED),
        (tuple, PICKLED),
        (list, PICKLED),
        (set[int], PICKLED),
        (Any, PICKLED),
        (None, PICKLED),
        ("int", PICKLED),
        ([1], PICKLED),
    ],
)
def test_inference(annotation, type_info):
    assert _infer_from_annotation(annotation) == type_info
