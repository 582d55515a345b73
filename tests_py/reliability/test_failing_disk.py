"""A checkpoint that the disk does not take is declined; the last good one is there to go on from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reliability.counting_job import expected_counts
from reliability.programs import HERE, run_program

MESSAGES = {"full": "No space left on device", "read-only": "Read-only file system", "unsynced": "sync"}
TOLERANT = "execution.checkpointing.tolerable-failed-checkpoints=100000"
RIGHT = str(expected_counts())


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = tmp_path_factory.mktemp("disk") / "failing_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, HERE / "failing_disk.c", "-ldl"], check=True)
    return library


def run(disk: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The counting job on a disk that does what it is told."""
    environment = {
        "LD_PRELOAD": str(disk),
        "DISK_FOLDER": str(folder / "checkpoints"),
        "DISK_FAULT": str(folder / "fault"),
    }
    return run_program("counting_job", folder / "checkpoints", "hashmap", *arguments, environment=environment)


def recover(folder: Path) -> str:
    """What the job says on a disk that works."""
    again = run_program("counting_job", folder / "checkpoints", "hashmap")
    assert again.returncode == 0, again.stderr
    return again.stdout


def checkpoints(folder: Path) -> list[int]:
    return sorted(int(path.parent.name[4:]) for path in folder.glob("checkpoints/*/chk-*/_metadata"))


def last_written(folder: Path) -> int:
    """When the newest checkpoint was, in ns."""
    return max(path.stat().st_mtime_ns for path in folder.glob("checkpoints/*/chk-*/_metadata"))


@pytest.mark.parametrize("fault", MESSAGES)
def test_a_job_goes_on_without_checkpoints_and_the_last_good_one_can_be_restored(
    fault: str, disk: Path, tmp_path: Path
) -> None:
    ended = run(disk, tmp_path, f"600={fault}", "1100=end", TOLERANT)
    assert ended.returncode == 9, ended.stderr
    last = checkpoints(tmp_path)[-1]
    # A file that had been opened before may still be written when no other can be made.
    assert fault == "read-only" or last_written(tmp_path) <= (tmp_path / "fault").stat().st_mtime_ns
    assert recover(tmp_path).startswith(f"({RIGHT}, {last}")


@pytest.mark.parametrize("fault", MESSAGES)
def test_checkpoints_are_taken_again_when_the_disk_works_again(
    fault: str, disk: Path, tmp_path: Path
) -> None:
    ended = run(disk, tmp_path, f"600={fault}", "900=nothing", "1900=end", TOLERANT)
    assert ended.returncode == 9, ended.stderr
    assert last_written(tmp_path) > (tmp_path / "fault").stat().st_mtime_ns
    assert recover(tmp_path).startswith(f"({RIGHT}, {checkpoints(tmp_path)[-1]}")


@pytest.mark.parametrize("fault", MESSAGES)
def test_a_job_that_tolerates_no_failure_says_what_the_disk_said(
    fault: str, disk: Path, tmp_path: Path
) -> None:
    failed = run(
        disk,
        tmp_path,
        f"600={fault}",
        "restart-strategy.type=none",
        "execution.checkpointing.externalized-checkpoint-retention=RETAIN_ON_CANCELLATION",
    )
    assert failed.returncode == 1
    assert "could not be stored" in failed.stderr and MESSAGES[fault] in failed.stderr
    assert recover(tmp_path).startswith(f"({RIGHT}, {checkpoints(tmp_path)[-1]}")
