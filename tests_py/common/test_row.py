import copy
import pickle

import pytest

from pyflinkpp.common import Row, RowKind


def test_named_row_keeps_order_and_is_reachable_in_three_ways():
    row = Row(name="Alice", age=11)
    row["age"] = 12
    row[0] = "Eve"
    assert (row.name, row["age"], row[1], list(row), len(row)) == ("Eve", 12, 12, ["Eve", 12], 2)
    assert row[0:1] == ["Eve"]
    assert repr(row) == str(row) == "Row(name='Eve', age=12)"
    assert row._fields == ["name", "age"]
    assert row._values == ["Eve", 12]


def test_row_of_names_makes_rows():
    person = Row("name", "age")
    assert person("Bob", 5).as_dict() == {"name": "Bob", "age": 5}
    assert "name" in person
    assert person("Bob").as_dict() == {"name": "Bob"}
    with pytest.raises(ValueError, match="names 2 fields, but 3 values"):
        person(1, 2, 3)


def test_positional_row_has_no_names():
    row = Row(1, "x", None)
    assert not hasattr(row, "_fields")
    assert repr(row) == "<Row(1, 'x', None)>"
    assert "x" in row and "y" not in row
    assert row.get_fields_by_names(["whatever"]) == [1, "x", None]
    with pytest.raises(TypeError):
        row.as_dict()
    with pytest.raises(AttributeError):
        row["a"]
    with pytest.raises(KeyError):
        row["a"] = 1
    with pytest.raises(AttributeError):
        _ = row.a


def test_errors_of_named_rows():
    row = Row(a=1)
    with pytest.raises(ValueError, match="no field 'b'"):
        row["b"]
    with pytest.raises(ValueError, match="no field 'b'"):
        row["b"] = 2
    with pytest.raises(AttributeError):
        _ = row.b
    with pytest.raises(AttributeError):
        row.a = 2
    with pytest.raises(ValueError, match=r"no fields \['z'\]"):
        row.get_fields_by_names(["a", "z"])
    with pytest.raises(ValueError):
        Row(1, a=1)
    with pytest.raises(IndexError):
        row[1]


def test_names_can_be_set_later():
    row = Row(1, 2)
    row.set_field_names(["a", "b"])
    assert row.b == 2
    assert row == Row(a=1, b=2)
    assert row.get_fields_by_names(["b", "a"]) == [2, 1]


def test_as_dict_goes_into_rows_lists_and_dicts_when_recursive():
    row = Row(k=1, v=Row(a=2), many=[Row(b=3)], by={"x": Row(c=4)})
    assert row.as_dict()["v"] == Row(a=2)
    assert row.as_dict(True) == {"k": 1, "v": {"a": 2}, "many": [{"b": 3}], "by": {"x": {"c": 4}}}


def test_equality_counts_kind_names_and_values_and_hash_values_only():
    assert Row(1, 2) == Row(1, 2)
    assert Row(1, 2) != Row(1, 3)
    assert Row(1, 2) != Row.of_kind(RowKind.DELETE, 1, 2)
    assert Row(a=1) != Row(1)
    assert Row(a=1) != Row(b=1)
    assert Row(1) != (1,)
    assert hash(Row(1, 2)) == hash(Row(1, 2))


@pytest.mark.parametrize(
    "row", [Row(1, "x"), Row(a=1, b=Row(2)), Row.of_kind(RowKind.UPDATE_AFTER, a=1), Row()]
)
def test_rows_survive_pickling_and_copying(row):
    for twin in (pickle.loads(pickle.dumps(row)), copy.copy(row), copy.deepcopy(row)):
        assert twin == row
        assert twin.get_row_kind() is row.get_row_kind()


def test_row_kinds():
    row = Row(1)
    assert row.get_row_kind() is RowKind.INSERT
    row.set_row_kind(RowKind.DELETE)
    assert repr(row) == "<Row(1)>"
    assert [str(kind) for kind in RowKind] == ["+I", "-U", "+U", "-D"]
    assert [kind.value for kind in RowKind] == [0, 1, 2, 3]
    assert row.of_kind(RowKind.INSERT, 5).get_row_kind() is RowKind.INSERT
