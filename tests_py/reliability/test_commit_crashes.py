"""Wherever the process ends in the commit protocol, each record is committed exactly once."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from reliability.crashing_job import ROWS
from reliability.programs import run_program

POINTS = [
    "before pre-commit",
    "after pre-commit",
    "after acknowledgement",
    "complete, before commit",
    "in the middle of commit",
    "after commit",
]


def committed(folder: Path, sink: str) -> Counter[int]:
    if sink == "files":
        shown = [file for file in (folder / "out").iterdir() if not file.name.startswith(".")]
        return Counter(int(line) for file in shown for line in file.read_text().splitlines())
    with sqlite3.connect(folder / "database") as connection:
        return Counter(n for (n,) in connection.execute("SELECT n FROM rows"))


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("sink", ["transactions", "log", "files"])
def test_each_record_is_committed_once(sink: str, point: str, tmp_path: Path) -> None:
    # Crashed twice: early, and by the one that goes on from there.
    for times in (1, 4):
        crashed = run_program("crashing_job", tmp_path, sink, point, times)
        assert crashed.returncode == 9, crashed.stderr
    assert set(committed(tmp_path, sink).values()) <= {1}
    again = run_program("crashing_job", tmp_path, sink, "never", 1)
    assert again.returncode == 0, again.stderr
    assert committed(tmp_path, sink) == Counter(range(1, ROWS + 1))
