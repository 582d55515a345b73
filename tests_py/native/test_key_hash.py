"""Hashes that decide the key group of a record."""

import os
import subprocess
import sys

import pytest

from pyflinkpp import _native
from pyflinkpp.common import Row


def java_hash(text):
    """Java's String.hashCode, over UTF-16 units."""
    units = text.encode("utf-16-le")
    code = 0
    for i in range(0, len(units), 2):
        code = (31 * code + units[i] + 256 * units[i + 1]) % 2**32
    return code - 2**32 if code >= 2**31 else code


@pytest.mark.parametrize(
    "text, code",
    [("", 0), ("a", 97), ("hello", 99162322), ("Aa", 2112), ("BB", 2112), ("polygenelubricants", -(2**31))],
)
def test_known_string_hashes(text, code):
    assert java_hash(text) == code
    assert _native.key_hash(text) == code


@pytest.mark.parametrize("text", ["ä", "日本語", "😀", "a\U0010ffffb", "\0", "x" * 1000])
def test_strings_hash_as_in_java(text):
    assert _native.key_hash(text) == java_hash(text)


@pytest.mark.parametrize("number, code", [(0, 0), (1, 1), (127, 127), (2**31 - 1, 2**31 - 1)])
def test_small_numbers_hash_as_in_java(number, code):
    assert _native.key_hash(number) == code


KEYS = """[None, True, False, 0, 1, -1, 2**40, 2**100, 0.5, -0.0, 'text', '😀', b'bytes', (1, 'a'),
 ('x', (None, 2.5)), Row(1, 'a'), Row(name='n', age=3), datetime.date(2024, 1, 1),
 decimal.Decimal('1.5'), ()]"""
PROGRAM = f"""
import datetime, decimal
from pyflinkpp import _native
from pyflinkpp.common import Row
for key in {KEYS}:
    try:
        print(_native.key_hash(key))
    except TypeError as error:
        print(type(error).__name__)
"""


def test_hashes_do_not_depend_on_the_process():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\n")
        for seed in ("0", "12345")
    ]
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize(
    "make",
    [lambda a, b: Row(a, b), lambda a, b: Row((a, b)), lambda a, b: frozenset([8, 0] if a is b else [0, 8])],
)
def test_equal_keys_have_equal_hashes(make):
    text = "text"
    copy = "".join(["te", "xt"])
    assert text is not copy and make(text, text) == make(text, copy)
    assert _native.key_hash(make(text, text)) == _native.key_hash(make(text, copy))
