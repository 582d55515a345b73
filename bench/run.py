"""One table of ratios, each measured in one run on this machine: `make bench`.

The inputs are generated (seeded) into build/bench/data; every program runs three times, interleaved
with what it is compared with, and medians are taken. Figures of other systems need their own
installations and are no part of this table.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
PYTHON = sys.executable


def generate(data: Path, words: int, bids: int) -> None:
    """Zipf-like words, 4 to 12 a line, and Nexmark-like bids; the same for the same arguments."""
    stamp = data / f".{words}-{bids}"
    if stamp.exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    rng = random.Random(42)
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = sorted({"".join(rng.choices(letters, k=rng.randint(3, 10))) for _ in range(50_000)})
    rng.shuffle(vocabulary)
    weights = [1 / rank**1.05 for rank in range(1, len(vocabulary) + 1)]
    text = rng.choices(vocabulary, weights, k=words)
    with open(data / "words.txt", "w") as file:
        at = 0
        while at < words:
            length = rng.randint(4, 12)
            file.write(" ".join(text[at : at + length]) + "\n")
            at += length
    with open(data / "bid.csv", "w") as file:
        for i in range(bids):
            fields = (rng.randrange(1000, 2000), rng.randrange(10_000), rng.randrange(100, 10**7))
            url = f"https://www.nexmark.com/{rng.randrange(10**6)}/item.htm?query=1"
            at_time = 1_700_000_000_000 + i // 10
            file.write(f"{fields[0]},{fields[1]},{fields[2]},channel-{i % 9},{url},{at_time},{'x' * 30}\n")
    stamp.touch()


def compile_cpp() -> None:
    quiet = {"cwd": ROOT, "check": True, "stdout": subprocess.DEVNULL}
    if not (BUILD / "build.ninja").exists():
        options = ["-DCMAKE_BUILD_TYPE=Release", "-DPYFLINKPP_BUILD_BENCH=ON", "-DPYFLINKPP_BUILD_TESTS=OFF"]
        subprocess.run(["cmake", "-G", "Ninja", "-S", ".", "-B", str(BUILD), *options], **quiet)
    subprocess.run(["cmake", "--build", str(BUILD)], **quiet)


def measure(*command: str) -> dict[str, float]:
    began = time.perf_counter()
    out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(out.splitlines()[-1])
    result["process_seconds"] = time.perf_counter() - began
    return result


def compare(runs: int, *commands: tuple[str, ...]) -> list[dict[str, float]]:
    """Medians of each command's figures; the commands take turns."""
    results: list[list[dict[str, float]]] = [[] for _ in commands]
    for _ in range(runs):
        for command, found in zip(commands, results, strict=True):
            found.append(measure(*command))
    return [{key: statistics.median(r[key] for r in found) for key in found[0]} for found in results]


def import_seconds(runs: int) -> float:
    def once(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([PYTHON, "-c", code], check=True)
        return time.perf_counter() - began

    bare = statistics.median(once("pass") for _ in range(runs))
    return statistics.median(once("import pyflinkpp.datastream") for _ in range(runs)) - bare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=5_000_000)
    parser.add_argument("--bids", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    data = BUILD / "data"
    generate(data, options.words, options.bids)
    compile_cpp()
    engine, loops = str(ROOT / "bench/workloads.py"), str(ROOT / "bench/loops.py")
    words_file = str(data / "words.txt")
    rows: list[tuple[str, str, str, str]] = []

    def row(what: str, figure: str, goal: str, note: str = "") -> None:
        rows.append((what, figure, goal, note))

    for name, events, goal in (
        ("w1", options.words, 0.7),
        ("w2", options.bids, 1.0),
        ("w3", options.bids, 1.0),
    ):
        ours, loop = compare(
            options.runs,
            (PYTHON, engine, name, "--data", str(data)),
            (PYTHON, loops, name, "--data", str(data)),
        )
        note = f"{events / ours['seconds']:,.0f} against {events / loop['seconds']:,.0f} events/s"
        ratio = loop["seconds"] / ours["seconds"]
        row(f"{name.upper()} / plain Python loop", f"{ratio:.2f} x", f">= {goal} x", note)
        row(f"{name.upper()} peak memory", f"{ours['peak_mb']:.0f} MB", "<= 150 MB")
    ours, loop = compare(
        options.runs,
        (PYTHON, engine, "w1_native", "--data", str(data)),
        (str(BUILD / "bench/word_loop"), words_file),
    )
    note = f"{options.words / ours['seconds']:,.0f} against {options.words / loop['seconds']:,.0f} words/s"
    row("native word count / plain C++ loop", f"{loop['seconds'] / ours['seconds']:.2f} x", ">= 0.3 x", note)
    first = compare(options.runs, (PYTHON, engine, "first"))[0]
    row("start of a program to its end, one result", f"{first['process_seconds']:.2f} s", "<= 0.5 s")
    row("import pyflinkpp.datastream", f"{import_seconds(options.runs):.2f} s", "<= 0.2 s")
    program = str(BUILD / "bench/engine")
    hop = compare(options.runs, (program, "hop"))[0]["nanos_per_hop"]
    row("hop between subtasks, 1-row batches", f"{hop:.0f} ns", "<= 500 ns")
    speedup = compare(options.runs, (program, "threads"))[0]["speedup"]
    row("two threads / one, native operators", f"{speedup:.2f} x", ">= 1.7 x", f"{os.cpu_count()} cores")

    widths = [max(len(r[i]) for r in rows) for i in range(4)]
    for cells in (("what", "measured", "goal", ""), *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
