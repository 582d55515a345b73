"""Which folder of a file sink a moment belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.datastream.connectors._file_writing import BucketAssigner

#: The folder, relative to the base path, for seconds since the epoch
BucketNamer = Callable[[float], str]

_PIECES = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|.", re.DOTALL)
_NUMBERS: dict[str, Callable[[datetime], int]] = {
    "y": lambda at: at.year,
    "u": lambda at: at.year,
    "M": lambda at: at.month,
    "L": lambda at: at.month,
    "d": lambda at: at.day,
    "D": lambda at: at.timetuple().tm_yday,
    "H": lambda at: at.hour,
    "h": lambda at: at.hour % 12 or 12,
    "m": lambda at: at.minute,
    "s": lambda at: at.second,
}


def bucket_namer(assigner: BucketAssigner) -> BucketNamer:
    """The folder that an assigner of ours chooses. Raises NotBuiltError for names of days or months."""
    if assigner.kind in ("base_path", "custom"):
        return lambda seconds: ""
    if assigner.kind != "date_time" or assigner.format_str is None:
        raise NotBuiltError(f"FileSink: the bucket assigner {assigner!r} is not built yet")
    pattern = assigner.format_str
    zone = None if assigner.timezone_id is None else ZoneInfo(assigner.timezone_id)
    format_date(pattern, datetime.now())
    known: tuple[int, str] = (-1, "")

    def name(seconds: float) -> str:
        nonlocal known
        if known[0] != int(seconds):
            known = int(seconds), format_date(pattern, datetime.fromtimestamp(int(seconds), zone))
        return known[1]

    return name


def format_date(pattern: str, at: datetime) -> str:
    """The moment in Java's DateTimeFormatter pattern, as far as that is made of numbers and fixed text.

    >>> format_date("yyyy-MM-dd--HH", datetime(2024, 3, 5, 7))
    '2024-03-05--07'
    >>> format_date("'day='D/yy-M", datetime(2024, 3, 5))
    'day=65/24-3'
    """
    return "".join(_piece(match.group(), pattern, at) for match in _PIECES.finditer(pattern))


def _piece(piece: str, pattern: str, at: datetime) -> str:
    letter, width = piece[0], len(piece)
    if letter == "'":
        return piece[1:-1].replace("''", "'") or "'"
    if not (letter.isascii() and letter.isalpha()):
        return piece
    if letter not in _NUMBERS or (letter in "ML" and width > 2):
        raise NotBuiltError(f"FileSink: {piece!r} in the date pattern {pattern!r} is not built yet")
    number = _NUMBERS[letter](at)
    if letter in "yu" and width == 2:
        number %= 100
    return f"{number:0{width}d}"
