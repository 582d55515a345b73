"""Compares what a job has committed with what its sources held. Knows nothing of the engine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path

from chaos.records import WINDOW_MILLIS, all_records


@dataclass
class Verdict:
    """How many results are missing, there more than once, behind a later one of their key, or other than
    they should be; with the first few of each.
    """

    lost: int = 0
    twice: int = 0
    out_of_order: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, kind: str, number: int, example: object) -> None:
        setattr(self, kind, getattr(self, kind) + number)
        if number > 0 and len(self.examples) < 20:
            self.examples.append(f"{kind}: {example}")

    def good(self) -> bool:
        return all(getattr(self, each.name) == 0 for each in fields(self) if each.name != "examples")

    def __str__(self) -> str:
        counts = f"{self.lost} lost, {self.twice} twice, {self.out_of_order} out of order, {self.wrong} wrong"
        return "\n  ".join([counts, *self.examples])


def check(folder: Path, count: int) -> Verdict:
    """Of a job over `count` records of each source."""
    verdict = Verdict()
    _check_records(committed(folder / "out" / "records"), count, verdict)
    _check_windows(committed(folder / "out" / "windows"), count, verdict)
    _check_timers(committed(folder / "out" / "timers"), count, verdict)
    return verdict


def committed(folder: Path) -> list[list[list[str]]]:
    """The lines of each visible file, in fields."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return [[line.split(",") for line in file.read_text().splitlines()] for file in files]


def _compare(expected: Iterable[Hashable], found: Counter[Hashable], verdict: Verdict, what: str) -> None:
    wanted = set(expected)
    for each in wanted - found.keys():
        verdict.add("lost", 1, f"{what} {each}")
    for each, times in found.items():
        if each not in wanted:
            verdict.add("wrong", times, f"{what} {each}")
        elif times > 1:
            verdict.add("twice", times - 1, f"{what} {each}")


def _check_records(files: list[list[list[str]]], count: int, verdict: Verdict) -> None:
    """Each record once, numbered as the so-manieth of its key; those of a key in their order."""
    found: Counter[Hashable] = Counter()
    numbers: dict[tuple[str, int], str] = {}
    runs: dict[str, list[tuple[int, int]]] = defaultdict(list)  # of a key in a file: first and last
    for lines in files:
        of_key: dict[str, list[int]] = defaultdict(list)
        for key, source, seq, number in lines:
            found[source, int(seq)] += 1
            numbers[source, int(seq)] = number
            of_key[key].append(int(seq))
        for key, order in of_key.items():
            for before, after in pairwise(order):
                verdict.add("out_of_order", int(after < before), f"{key}: {after} behind {before}")
            runs[key].append((min(order), max(order)))
    for key, pieces in runs.items():
        pieces.sort()
        for (_, end), (begin, _) in pairwise(pieces):
            verdict.add("out_of_order", int(begin < end), f"{key}: {begin} in a file of its own before {end}")
    _compare(all_records(count), found, verdict, "record")
    ranks: Counter[str] = Counter()
    for record in all_records(count):
        ranks[record.key] += 1
        number = numbers.get(tuple(record), str(ranks[record.key]))
        verdict.add("wrong", int(number != str(ranks[record.key])), f"{record} is number {number} of its key")


def _check_windows(files: list[list[list[str]]], count: int, verdict: Verdict) -> None:
    """Each window of each key once, with its records."""
    contents: dict[tuple[str, int], list[int]] = defaultdict(list)
    for record in all_records(count):
        contents[record.key, record.time // WINDOW_MILLIS * WINDOW_MILLIS].append(record.seq)
    expected = [(key, start, len(seqs), sum(seqs)) for (key, start), seqs in contents.items()]
    found = Counter(
        (key, int(start), int(size), int(total)) for lines in files for key, start, size, total in lines
    )
    _compare(expected, Counter[Hashable](found), verdict, "window")


def _check_timers(files: list[list[list[str]]], count: int, verdict: Verdict) -> None:
    """One timer at the end of each window of each key."""
    expected = {
        (record.key, record.time // WINDOW_MILLIS * WINDOW_MILLIS + WINDOW_MILLIS - 1)
        for record in all_records(count)
    }
    found = Counter((key, int(at)) for lines in files for key, at in lines)
    _compare(expected, Counter[Hashable](found), verdict, "timer")
