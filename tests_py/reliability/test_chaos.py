"""Jobs killed at random moments lose nothing and write nothing twice; and the checker would notice."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.checker import Verdict, check
from chaos.kills import run
from chaos.records import WINDOW_MILLIS, all_records

COUNT = 3000


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """What a job commits that does everything right, in files of 500 records."""
    out = tmp_path / "out"
    numbers: dict[str, int] = {}
    windows: dict[tuple[str, int], list[int]] = {}
    lines = []
    for record in all_records(COUNT):
        numbers[record.key] = numbers.get(record.key, 0) + 1
        lines.append(f"{record.key},{record.source},{record.seq},{numbers[record.key]}")
        windows.setdefault((record.key, record.time // WINDOW_MILLIS * WINDOW_MILLIS), []).append(record.seq)
    for kind in ("records", "windows", "timers"):
        (out / kind).mkdir(parents=True)
    for at in range(0, len(lines), 500):
        (out / "records" / f"part-{at}").write_text("\n".join(lines[at : at + 500]) + "\n")
    (out / "records" / ".part-x.inprogress").write_text("a0,a,0,1\n")
    text = "".join(f"{key},{start},{len(seqs)},{sum(seqs)}\n" for (key, start), seqs in windows.items())
    (out / "windows" / "part-0").write_text(text)
    ends = "".join(f"{key},{start + WINDOW_MILLIS - 1}\n" for key, start in windows)
    (out / "timers" / "part-0").write_text(ends)
    return tmp_path


def edit(folder: Path, kind: str, change: Callable[[list[str]], None]) -> None:
    file = random.Random(1).choice(sorted((folder / "out" / kind).glob("part-*")))
    lines = file.read_text().splitlines()
    change(lines)
    file.write_text("".join(f"{line}\n" for line in lines))


def counts(verdict: Verdict) -> tuple[int, int, int, int]:
    return verdict.lost, verdict.twice, verdict.out_of_order, verdict.wrong


def test_what_is_right_is_found_right(output: Path) -> None:
    verdict = check(output, COUNT)
    assert verdict.good() and str(verdict) == "0 lost, 0 twice, 0 out of order, 0 wrong"


@pytest.mark.parametrize("kind", ["records", "windows", "timers"])
def test_a_loss_is_found(output: Path, kind: str) -> None:
    edit(output, kind, lambda lines: lines.pop(17))
    assert counts(check(output, COUNT)) == (1, 0, 0, 0)


@pytest.mark.parametrize("kind", ["records", "windows", "timers"])
def test_a_duplicate_is_found(output: Path, kind: str) -> None:
    edit(output, kind, lambda lines: lines.insert(17, lines[17]))
    assert counts(check(output, COUNT)) == (0, 1, 0, 0)


def test_a_swap_is_found(output: Path) -> None:
    def swap(lines: list[str]) -> None:
        """A record and the next of its key."""
        lines[100], lines[117] = lines[117], lines[100]

    edit(output, "records", swap)
    assert counts(check(output, COUNT)) == (0, 0, 1, 0)


def test_a_swap_between_files_is_found(output: Path) -> None:
    first, second = sorted((output / "out" / "records").glob("part-*"), key=lambda p: int(p.name[5:]))[:2]
    one, other = first.read_text().splitlines(), second.read_text().splitlines()
    there = next(i for i, line in enumerate(other) if line.split(",")[0] == one[100].split(",")[0])
    one[100], other[there] = other[there], one[100]
    first.write_text("\n".join(one) + "\n")
    second.write_text("\n".join(other) + "\n")
    assert check(output, COUNT).out_of_order > 0


def test_state_that_counted_a_record_twice_is_found(output: Path) -> None:
    def count_more(lines: list[str]) -> None:
        *fields, number = lines[-1].split(",")
        lines[-1] = ",".join([*fields, str(int(number) + 1)])

    edit(output, "records", count_more)
    assert counts(check(output, COUNT)) == (0, 0, 0, 1)


def test_a_missing_file_is_a_loss(output: Path) -> None:
    next((output / "out" / "records").glob("part-*")).unlink()
    assert check(output, COUNT).lost == 500


@pytest.mark.timeout(180)
def test_killed_jobs_lose_nothing_and_write_nothing_twice(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"make chaos KILLS=6 SEED={seed}")
    report = run(kills=6, seed=seed, count=6000, keep=tmp_path, kills_per_job=3)
    assert report.verdict.good(), report
    assert report.kills == 6 and report.jobs >= 2
