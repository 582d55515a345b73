import datetime
import pickle

import pytest

from pyflinkpp.common import Instant, Row, Types
from pyflinkpp.common.errors import NoJvmError
from pyflinkpp.common.typeinfo import RowTypeInfo, TupleTypeInfo

LEAVES = {
    "STRING": "STRING",
    "BYTE": "BYTE",
    "BOOLEAN": "BOOLEAN",
    "SHORT": "SHORT",
    "INT": "INT",
    "LONG": "LONG",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
    "CHAR": "CHAR",
    "BIG_INT": "BIG_INT",
    "BIG_DEC": "BIG_DEC",
    "INSTANT": "INSTANT",
    "SQL_DATE": "DATE",
    "SQL_TIME": "TIME",
    "SQL_TIMESTAMP": "TIMESTAMP",
    "PICKLED_BYTE_ARRAY": "PICKLED",
}

INT = ("INT", None, ())
STRING = ("STRING", None, ())
COMPOSITES = [
    (Types.ROW([Types.INT()]), ("ROW", None, (INT,))),
    (Types.ROW_NAMED(["a", "b"], [Types.STRING(), Types.INT()]), ("ROW", ("a", "b"), (STRING, INT))),
    (Types.TUPLE([Types.STRING(), Types.INT()]), ("TUPLE", None, (STRING, INT))),
    (Types.LIST(Types.TUPLE([Types.INT()])), ("LIST", None, (("TUPLE", None, (INT,)),))),
    (Types.MAP(Types.STRING(), Types.INT()), ("MAP", None, (STRING, INT))),
    (Types.PRIMITIVE_ARRAY(Types.BYTE()), ("BYTES", None, ())),
    (Types.PRIMITIVE_ARRAY(Types.INT()), ("PRIMITIVE_ARRAY", None, (INT,))),
    (Types.BASIC_ARRAY(Types.STRING()), ("BASIC_ARRAY", None, (STRING,))),
    (Types.OBJECT_ARRAY(Types.ROW([Types.INT()])), ("OBJECT_ARRAY", None, (("ROW", None, (INT,)),))),
]


@pytest.mark.parametrize(("method", "kind"), LEAVES.items())
def test_leaf_types_are_single_values(method, kind):
    type_info = getattr(Types, method)()
    assert type_info is getattr(Types, method)()
    assert type_info._descriptor() == (kind, None, ())
    assert repr(type_info) == f"Types.{method}()"
    assert pickle.loads(pickle.dumps(type_info)) is type_info
    with pytest.raises(AttributeError):
        type_info._kind = "X"


@pytest.mark.parametrize(("type_info", "descriptor"), COMPOSITES)
def test_composite_types_are_values(type_info, descriptor):
    assert type_info._descriptor() == descriptor
    twin = eval(repr(type_info), {"Types": Types})
    assert twin == type_info and hash(twin) == hash(type_info)
    assert pickle.loads(pickle.dumps(type_info)) == type_info
    with pytest.raises(AttributeError):
        type_info._children = ()


def test_all_types_differ():
    everything = [getattr(Types, name)() for name in LEAVES] + [type_info for type_info, _ in COMPOSITES]
    assert len(set(everything)) == len(everything)
    assert Types.INT() != "INT"


def test_rows():
    named = RowTypeInfo([Types.INT(), Types.STRING()], ["id", "name"])
    assert named.get_field_names() == ["id", "name"]
    assert named.get_field_types() == [Types.INT(), Types.STRING()]
    assert named.get_field_index("nope") == -1
    assert str(named) == "RowTypeInfo(id: Integer, name: String)"
    assert Types.ROW([Types.INT()]) == Types.ROW_NAMED(["f0"], [Types.INT()])
    assert hash(Types.ROW([Types.INT()])) == hash(Types.ROW_NAMED(["f0"], [Types.INT()]))
    assert named != RowTypeInfo([Types.INT(), Types.STRING()], ["id", "x"])
    assert named != TupleTypeInfo([Types.INT(), Types.STRING()])
    with pytest.raises(ValueError, match="1 field names"):
        Types.ROW_NAMED(["a"], [Types.INT(), Types.INT()])
    with pytest.raises(ValueError, match="distinct"):
        Types.ROW_NAMED(["a", "a"], [Types.INT(), Types.INT()])


def test_wrong_element_types():
    for wrong in (Types.STRING(), Types.BIG_INT(), Types.LIST(Types.INT())):
        with pytest.raises(TypeError, match="primitive array"):
            Types.PRIMITIVE_ARRAY(wrong)
    with pytest.raises(TypeError, match="basic array"):
        Types.BASIC_ARRAY(Types.BIG_DEC())
    with pytest.raises(TypeError, match=r"did you mean Types\.STRING\(\)"):
        Types.LIST(Types.STRING)
    with pytest.raises(TypeError):
        Types.TUPLE([int])


def test_no_java_type():
    with pytest.raises(NoJvmError, match="Java virtual machine"):
        Types.INT().get_java_type_info()


@pytest.mark.parametrize(
    ("type_info", "value", "internal"),
    [
        (Types.INT(), 5, 5),
        (Types.SQL_DATE(), datetime.date(1969, 12, 31), -1),
        (Types.SQL_TIME(), datetime.time(0, 0, 1, 2), 1_000_002),
        (Types.SQL_TIMESTAMP(), datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999), -1),
        (Types.INSTANT(), Instant(1, 2), (1, 2)),
        (Types.LIST(Types.SQL_DATE()), [datetime.date(1970, 1, 2), None], [1, None]),
        (Types.MAP(Types.STRING(), Types.SQL_DATE()), {"a": datetime.date(1970, 1, 2)}, {"a": 1}),
        (Types.TUPLE([Types.INT(), Types.SQL_DATE()]), (7, datetime.date(1970, 1, 2)), (7, 1)),
        (
            Types.ROW_NAMED(["a", "d"], [Types.INT(), Types.SQL_DATE()]),
            Row(a=1, d=datetime.date(1970, 1, 2)),
            (1, 1),
        ),
    ],
)
def test_internal_values_round_trip(type_info, value, internal):
    assert type_info.to_internal_type(value) == internal
    assert type_info.from_internal_type(internal) == value
    assert type_info.to_internal_type(None) is None
    assert type_info.from_internal_type(None) is None


def test_rows_from_dicts_lists_and_objects():
    type_info = Types.ROW_NAMED(["a", "b"], [Types.INT(), Types.STRING()])

    class Thing:
        def __init__(self):
            self.a, self.b = 1, "x"

    for value in ({"b": "x", "a": 1}, [1, "x"], Row(1, "x"), Row(b="x", a=1), Thing()):
        assert type_info.to_internal_type(value) == (1, "x")
    with pytest.raises(ValueError, match="cannot be a row"):
        type_info.to_internal_type(5)


def test_times_with_zones_move_to_utc():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    assert Types.SQL_TIMESTAMP().to_internal_type(datetime.datetime(1970, 1, 1, 2, tzinfo=zone)) == 0
    assert Types.SQL_TIME().to_internal_type(datetime.time(1, tzinfo=zone)) == 23 * 3_600_000_000
