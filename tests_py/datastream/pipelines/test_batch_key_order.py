"""The order of keys in BATCH mode: that of the bytes which Flink's serializers make of them, with signs."""

import pickle
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import Row, Types
from pyflinkpp.datastream import RuntimeExecutionMode, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import KeyedProcessFunction

INTEGERS = st.integers(-(2**31), 2**31 - 1) | st.integers(0, 400)
LONGS = st.integers(-(2**63), 2**63 - 1) | INTEGERS
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=140)


def varint(number):
    low = number & 0x7F
    return bytes([low]) if number < 0x80 else bytes([low | 0x80]) + varint(number >> 7)


def text_bytes(text):
    units = struct.iter_unpack(">H", text.encode("utf-16-be"))
    units = [unit for (unit,) in units]
    return varint(len(units) + 1) + b"".join(varint(unit) for unit in units)


def sized(data):
    return struct.pack(">i", len(data)) + data


def pickled(key):
    return sized(pickle.dumps(key, 5))


def signed(data):
    return [byte - 256 if byte > 127 else byte for byte in data]


class Keys(KeyedProcessFunction):
    def process_element(self, value, ctx):
        yield ctx.get_current_key()


def batch_env():
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    return env.set_runtime_mode(RuntimeExecutionMode.BATCH)


def order_of(keys, key_type=None):
    """The keys as a function sees them."""
    keyed = batch_env().from_collection([(key,) for key in keys]).key_by(lambda record: record[0], key_type)
    return list(keyed.process(Keys()).execute_and_collect())


def order_of_sums(keys, field_type, key_type=None):
    """The keys as results of a native aggregate come."""
    records = batch_env().from_collection(
        [(key, 1) for key in keys], type_info=Types.TUPLE([field_type, Types.LONG()])
    )
    return [key for key, _ in records.key_by(lambda r: r[0], key_type).sum(1).execute_and_collect()]


TYPED = [
    (Types.INT(), INTEGERS, lambda key: struct.pack(">i", key)),
    (Types.LONG(), LONGS, lambda key: struct.pack(">q", key)),
    (Types.SHORT(), st.integers(-(2**15), 2**15 - 1), lambda key: struct.pack(">h", key)),
    (Types.BYTE(), st.integers(-128, 127), lambda key: struct.pack(">b", key)),
    (Types.BOOLEAN(), st.booleans(), lambda key: bytes([key])),
    (Types.DOUBLE(), st.floats(allow_nan=False), lambda key: struct.pack(">d", key)),
    (Types.FLOAT(), st.integers(-5000, 5000).map(lambda n: n / 4), lambda key: struct.pack(">f", key)),
    (Types.STRING(), TEXTS, text_bytes),
]


@pytest.mark.parametrize(("key_type", "keys", "flink_bytes"), TYPED, ids=lambda value: str(value)[:12])
def test_keys_of_a_declared_type_come_in_the_order_of_its_serializer(key_type, keys, flink_bytes):
    @given(st.lists(keys, min_size=1, max_size=20, unique_by=lambda key: flink_bytes(key)))
    @settings(max_examples=20, deadline=None)
    def check(keys):
        expected = sorted(keys, key=lambda key: signed(flink_bytes(key)))
        assert order_of(keys, key_type) == expected
        assert order_of_sums(keys, key_type, key_type) == expected

    check()


@pytest.mark.parametrize(
    ("field_type", "keys"),
    [
        (Types.LONG(), LONGS),
        (Types.STRING(), TEXTS),
        (Types.DOUBLE(), st.floats(allow_nan=False)),
        (Types.BOOLEAN(), st.booleans()),
        (Types.PRIMITIVE_ARRAY(Types.BYTE()), st.binary(max_size=300)),
        (Types.TUPLE([Types.LONG(), Types.STRING()]), st.tuples(LONGS, TEXTS)),
        (Types.TUPLE([Types.LONG()] * 4), st.tuples(LONGS, LONGS, LONGS, LONGS)),
    ],
    ids=str,
)
def test_keys_without_a_declared_type_come_in_the_order_of_their_pickles(field_type, keys):
    @given(st.lists(keys, min_size=1, max_size=20, unique_by=pickled))
    @settings(max_examples=20, deadline=None)
    def check(keys):
        expected = sorted(keys, key=lambda key: signed(pickled(key)))
        assert order_of(keys) == expected
        assert order_of_sums(keys, field_type) == expected

    check()


def test_a_byte_above_127_comes_before_zero():
    assert order_of(range(0, 256, 64), Types.INT()) == [128, 192, 0, 64]
    assert order_of([300, 200, 100]) == [200, 100, 300]


def test_none_comes_last_among_keys_of_a_type():
    assert order_of(["b", None, "a"], Types.STRING()) == ["a", "b", None]


def test_rows_come_in_the_order_of_their_fields_and_those_with_gaps_behind():
    row_type = Types.ROW([Types.INT(), Types.STRING()])
    keys = [Row(None, "a"), Row(2, "a"), Row(1, "b"), Row(1, None), Row(1, "a")]
    expected = [(1, "a"), (1, "b"), (2, "a"), (1, None), (None, "a")]
    assert [tuple(key) for key in order_of(keys, row_type)] == expected
