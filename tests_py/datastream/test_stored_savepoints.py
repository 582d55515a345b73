"""Savepoints that earlier releases have written are gone on from.

One of today's format is written by `python -m datastream.test_stored_savepoints`, from `tests_py`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from datastream.environments import environment
from datastream.rescaling import check, run_to_end, run_until_stopped

STORED = Path(__file__).parent / "stored_savepoints"
COUNT, ROWS = 700, 900


def read(folder: Path) -> tuple[list[Any], str]:
    """What the job had shown when it was stopped, and the savepoint."""
    shown = json.loads((folder / "shown.json").read_text())
    (savepoint,) = folder.glob("savepoint-*")
    return [as_tuple(row) for row in shown], str(savepoint)


def as_tuple(row: Any) -> Any:
    return tuple(as_tuple(item) for item in row) if isinstance(row, list) else row


@pytest.mark.parametrize("folder", sorted(STORED.glob("*")), ids=lambda folder: folder.name)
@pytest.mark.parametrize(("parallelism", "backend"), [(1, "rocksdb"), (2, "hashmap"), (3, "rocksdb")])
def test_every_kind_of_state_is_taken_over(folder, parallelism, backend):
    shown, savepoint = read(folder)
    env = environment(parallelism, savepoint=savepoint, backend=backend)
    check([shown, run_to_end(env, COUNT, rate=10_000)], 2, COUNT)


def write(folder: Path) -> None:
    shown, savepoint = run_until_stopped(environment(2), COUNT, 500, ROWS, str(folder))
    assert savepoint, "the numbers were used up too early"
    (folder / "shown.json").write_text(json.dumps(shown))


if __name__ == "__main__":
    target = STORED / "format_4"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    write(target)
