"""A checkpoint that is not what was written is named and passed over for the one before."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from reliability.programs import run_program

TIMES = 150


@pytest.mark.timeout(300)
@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_damages_are_found_and_the_checkpoint_before_is_used(backend: str, tmp_path: Path) -> None:
    """Half of 300 for each backend that wrote them; either goes on from them."""
    kept = tmp_path / "kept"
    killed = run_program("counting_job", kept, backend, "950=end")
    assert killed.returncode == 9
    seed = random.randrange(2**32)
    print(f"python -m reliability.damages {tmp_path} {seed} {TIMES}")
    damaged = run_program("damages", tmp_path, seed, TIMES, timeout=250)
    assert damaged.returncode == 0, damaged.stderr
    assert damaged.stdout == "done\n"
