"""One table of ratios, each measured in one run on this machine: `make bench`.

The inputs are generated (seeded) into build/bench/data; every program runs three times, interleaved
with what it is compared with, and medians are taken. `--peers FOLDER` adds other systems: FOLDER holds
`venv-NAME/bin/python` and `wN_NAME.py` for those that are installed, scripts that take `--data` and print a
line of JSON with `events_per_s` and `peak_rss_mb`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from inputs import NATIVE_TIMES, generate, generate_keys

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
PYTHON = sys.executable
# Modules are compiled once, as after any first import.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def compile_cpp() -> None:
    quiet = {"cwd": ROOT, "check": True, "stdout": subprocess.DEVNULL}
    if not (BUILD / "build.ninja").exists():
        options = ["-DCMAKE_BUILD_TYPE=Release", "-DPYFLINKPP_BUILD_BENCH=ON", "-DPYFLINKPP_BUILD_TESTS=OFF"]
        subprocess.run(["cmake", "-G", "Ninja", "-S", ".", "-B", str(BUILD), *options], **quiet)
    subprocess.run(["cmake", "--build", str(BUILD)], **quiet)


def measure(*command: str) -> dict[str, Any]:
    began = time.perf_counter()
    out = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True, text=True
    ).stdout
    result: dict[str, Any] = json.loads(out.splitlines()[-1])
    result["process_seconds"] = time.perf_counter() - began
    return result


def compare(runs: int, *commands: tuple[str, ...]) -> list[dict[str, float]]:
    """Medians of each command's figures; the commands take turns."""
    results: list[list[dict[str, float]]] = [[] for _ in commands]
    for _ in range(runs):
        for command, found in zip(commands, results, strict=True):
            found.append(measure(*command))
    return [
        {key: statistics.median(r[key] for r in found) for key, value in found[0].items() if is_figure(value)}
        for found in results
    ]


def is_figure(value: object) -> bool:
    return isinstance(value, int | float)


def peers_of(workload: str, folder: Path | None) -> dict[str, tuple[str, ...]]:
    """The commands of the peers that are installed, by name."""
    if folder is None:
        return {}
    found = {}
    for python in sorted(folder.glob("venv-*/bin/python")):
        peer = python.parent.parent.name.removeprefix("venv-")
        script = folder / f"{workload}_{peer}.py"
        if script.exists():
            mode = ("--mode", "thread") if peer == "pyflink" else ()
            found[peer] = (str(python), str(script), *mode)
    return found


#: Events a second of Flink's jobs, measured on two cores: of the Java API on the heap, without checkpoints,
#: and in RocksDB, with an incremental one each second; of PyFlink's thread mode in RocksDB, with checkpoints.
FLINK_HEAP, FLINK_INCREMENTAL, PYFLINK_ROCKSDB = 239_000, 113_000, 26_000


def checkpoint_rows(runs: int, engine: str, data: Path, events: int) -> list[tuple[str, str, str, str]]:
    """W6: a million keys with and without a checkpoint a second."""
    generate_keys(data, events)
    rows = []
    for name, times in (("w6", 1), ("w6_native", NATIVE_TIMES)):
        for backend in ("hashmap", "rocksdb", "incremental"):
            with tempfile.TemporaryDirectory() as folder:
                command = (PYTHON, engine, name, "--data", str(data), "--backend", backend)
                plain, kept = compare(runs, command, (*command, "--checkpoints", folder))
            rate = times * events / kept["seconds"]
            what = f"{name}, {backend}"
            lost = 1 - plain["seconds"] / kept["seconds"]
            note = f"{rate:,.0f} of {times * events / plain['seconds']:,.0f} events/s"
            rows.append((f"{what}: lost to checkpoints", f"{lost:.1%}", GOALS[backend], note))
            peer = FLINK_HEAP if backend == "hashmap" else FLINK_INCREMENTAL
            if name == "w6":
                peer = PYFLINK_ROCKSDB
            goal = ">= 10 x" if name == "w6" else ">= 2 x"
            title = "PyFlink" if name == "w6" else "Java Flink"
            rows.append((f"{what} with checkpoints / {title}", f"{rate / peer:.1f} x", goal, ""))
            note = f"{kept['checkpoints']:.0f} checkpoints, {kept['async_ms']:.0f} ms written at most"
            rows.append((f"{what}: stands still, p99", f"{kept['sync_p99_ms']:.1f} ms", "<= 50 ms", note))
    churn = measure(str(BUILD / "bench/checkpoint_churn"), "incremental", "1000000", "10000")
    note = f"{churn['second_bytes']:,.0f} of {churn['full_bytes']:,.0f} bytes"
    ratio = f"{churn['second_to_full']:.1%}"
    rows.append(("second incremental checkpoint, 1% of the keys changed", ratio, "<= 10%", note))
    return rows


GOALS = {"hashmap": "<= 10%", "rocksdb": "<= 25%", "incremental": "<= 25%"}


def import_seconds(runs: int) -> float:
    def once(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([PYTHON, "-c", code], check=True, env=ENVIRONMENT)
        return time.perf_counter() - began

    once("import pyflinkpp.datastream")
    bare = statistics.median(once("pass") for _ in range(runs))
    return statistics.median(once("import pyflinkpp.datastream") for _ in range(runs)) - bare


def show(rows: list[tuple[str, str, str, str]]) -> None:
    widths = [max(len(r[i]) for r in rows) for i in range(4)]
    for cells in (("what", "measured", "goal", ""), *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=5_000_000)
    parser.add_argument("--bids", type=int, default=1_000_000)
    parser.add_argument("--keyed", type=int, default=5_000_000, help="events of W6")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="a folder of other systems' installations and scripts")
    parser.add_argument("--checkpoints", action="store_true", help="only what checkpoints cost (W6)")
    options = parser.parse_args()
    data = BUILD / "data"
    compile_cpp()
    engine, loops = str(ROOT / "bench/workloads.py"), str(ROOT / "bench/loops.py")
    if options.checkpoints:
        show(checkpoint_rows(options.runs, engine, data, options.keyed))
        return
    generate(data, options.words, options.bids)
    words_file = str(data / "words.txt")
    rows: list[tuple[str, str, str, str]] = []

    def row(what: str, figure: str, goal: str, note: str = "") -> None:
        rows.append((what, figure, goal, note))

    def speed_row(what: str, goal: str, unit: str, events: int, ours: float, other: float) -> None:
        """In seconds for so many events."""
        note = f"{events / ours:,.0f} against {events / other:,.0f} {unit}/s"
        row(what, f"{other / ours:.2f} x", goal, note)

    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"The machine is busy (load {load:.1f}): take these figures with care.", file=sys.stderr)
    for name, events, goal in (
        ("w1", options.words, 0.7),
        ("w2", options.bids, 1.0),
        ("w3", options.bids, 1.0),
        ("w4", options.bids, 1.0),
    ):
        peers = peers_of(name, options.peers)
        ours, loop, *others = compare(
            options.runs,
            (PYTHON, engine, name, "--data", str(data)),
            (PYTHON, loops, name, "--data", str(data)),
            *((*command, "--data", str(data)) for command in peers.values()),
        )
        rate = events / ours["seconds"]
        what = f"{name.upper()} / plain Python loop"
        speed_row(what, f">= {goal} x", "events", events, ours["seconds"], loop["seconds"])
        row(f"{name.upper()} peak memory", f"{ours['peak_mb']:.0f} MB", "<= 150 MB")
        for peer, other in zip(peers, others, strict=True):
            note = f"{other['events_per_s']:,.0f} events/s, peak {other['peak_rss_mb']:.0f} MB"
            row(f"{name.upper()} / {peer}", f"{rate / other['events_per_s']:.1f} x", "", note)
    ours, called = compare(
        options.runs,
        (PYTHON, engine, "rolling", "--data", str(data)),
        (PYTHON, engine, "rolling_called", "--data", str(data)),
    )
    what = "sums on columns / through Python"
    speed_row(what, "", "events", options.words, ours["seconds"], called["seconds"])
    ours, loop = compare(
        options.runs,
        (PYTHON, engine, "w1_native", "--data", str(data)),
        (str(BUILD / "bench/word_loop"), words_file),
    )
    what = "native word count / plain C++ loop"
    speed_row(what, ">= 0.3 x", "words", options.words, ours["seconds"], loop["seconds"])
    ours, memory, loop = compare(
        options.runs,
        (PYTHON, engine, "w3_native", "--data", str(data)),
        (PYTHON, engine, "w3_memory", "--data", str(data)),
        (str(BUILD / "bench/window_loop"), str(data / "bid.csv")),
    )
    for what, found in (("W3 on columns", ours), ("W3 on columns, from memory", memory)):
        title = f"{what} / plain C++ loop"
        speed_row(title, ">= 0.3 x", "events", options.bids, found["seconds"], loop["seconds"])
    for name, what in (
        ("sliding", "sliding windows on columns"),
        ("sliding_called", "sliding windows of a called aggregate in slices"),
    ):
        commands = [(PYTHON, engine, f"{name}_{size}", "--data", str(data)) for size in ("short", "long")]
        short, long = compare(options.runs, *commands)
        speeds = [f"{options.bids / result['seconds']:,.0f}" for result in (long, short)]
        note = f"{speeds[0]} against {speeds[1]} events/s"
        row(f"{what}, 60 s / 2 s by 1 s", f"{long['seconds'] / short['seconds']:.2f} x", "~ 1 x", note)
    rows += checkpoint_rows(options.runs, engine, data, options.keyed)
    first = compare(options.runs, (PYTHON, engine, "first"))[0]
    row("start of a program to its end, one result", f"{first['process_seconds']:.2f} s", "<= 0.5 s")
    row("import pyflinkpp.datastream", f"{import_seconds(options.runs):.2f} s", "<= 0.2 s")
    program = str(BUILD / "bench/engine")
    hop = compare(options.runs, (program, "hop"))[0]["nanos_per_hop"]
    row("hop between subtasks, 1-row batches", f"{hop:.0f} ns", "<= 500 ns")
    speedup = compare(options.runs, (program, "threads"))[0]["speedup"]
    row("two threads / one, native operators", f"{speedup:.2f} x", ">= 1.7 x", f"{os.cpu_count()} cores")

    program = str(BUILD / "bench/state_memory")
    for backend, cap in (("heap", 0), ("rocksdb", 256)):
        state = measure(program, backend, "1000000", str(cap or 256))
        what = f"{backend}: 10^6 keys with a value and a timer"
        row(
            f"{what}, memory a key",
            f"{state['bytes_a_key']:.0f} B",
            f"<= {cap} MiB in all" if cap else "",
            f"{state['resident_mib']:.0f} MiB; update {state['random_update_ns']:.0f} ns at random, "
            f"{state['hot_update_ns']:.0f} ns of a hot key; {state['timer_ns']:.0f} ns a timer that fires",
        )

    show(rows)


if __name__ == "__main__":
    main()
