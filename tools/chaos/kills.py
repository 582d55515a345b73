"""Kills the job of `job` with SIGKILL at random moments until it has finished, over and over.

    make chaos KILLS=100 SEED=1

Each job has input of its own and is on heap, on RocksDB or on RocksDB with incremental checkpoints in turn,
its barriers in line or overtaking and its checkpoints claimed or not by chance, and is started anew after
each kill with `execution.state-recovery.path=latest`. A kill comes while the process starts or restores,
anywhere in its run, or right behind a checkpoint, when files are being committed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from chaos.checker import Verdict, check
from chaos.records import write_input

BACKENDS = (
    ["state.backend.type=hashmap"],
    ["state.backend.type=rocksdb"],
    ["state.backend.type=rocksdb", "execution.checkpointing.incremental=true"],
)
TOOLS = str(Path(__file__).parent.parent)
#: Seconds until a job that nobody kills must have finished.
PATIENCE = 120.0


class Process:
    """The job, as a process of its own.

    A job that has finished leaves no checkpoint. So one that had a checkpoint and has none is not to be
    started again, although its process was killed before it could say "done".
    """

    def __init__(self, folder: Path, options: list[str]) -> None:
        self.started_at = time.monotonic()
        self.first_at: float | None = None
        self.done = False
        self._folder = folder / "checkpoints"
        self._earlier = self.with_checkpoint()
        self._seen: set[str] = set()
        self.checkpoints = 0
        self._errors = (folder / "stderr").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chaos.job", str(folder), *options],
            env={**os.environ, "PYTHONPATH": TOOLS},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        self._watcher = threading.Thread(target=self._watch)
        self._watcher.start()

    def with_checkpoint(self) -> set[Path]:
        """The complete checkpoints of all jobs."""
        while True:
            try:
                return {metadata.parent for metadata in self._folder.glob("*/chk-*/_metadata")}
            except FileNotFoundError:
                continue  # one has just been deleted

    def _watch(self) -> None:
        known = set(self._earlier)
        while not self.ended():
            for checkpoint in self.with_checkpoint() - known:
                known.add(checkpoint)
                self._seen.add(checkpoint.parent.name)
                self.checkpoints += 1
            time.sleep(0.002)

    def finished(self) -> bool:
        """Once it has ended: whether its job had."""
        left = {checkpoint.parent.name for checkpoint in self.with_checkpoint()}
        return self.done or bool(self._seen - left)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == "first\n" and self.first_at is None:
                self.first_at = time.monotonic()
            self.done = self.done or line == "done\n"

    def ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        code = self._process.wait(timeout)
        self._listener.join()
        self._watcher.join()
        self._errors.close()
        return code


@dataclass
class Report:
    """What became of it."""

    kills: int = 0
    jobs: int = 0
    restores: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    #: Seconds from the start of a process behind a kill to its first record.
    recoveries: list[float] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        for kind in ("lost", "twice", "out_of_order", "wrong"):
            setattr(self.verdict, kind, getattr(self.verdict, kind) + getattr(verdict, kind))
        self.verdict.examples += verdict.examples

    def __str__(self) -> str:
        slowest = sorted(self.recoveries) or [0.0]
        p50, p95 = (slowest[min(len(slowest) - 1, int(len(slowest) * p))] for p in (0.5, 0.95))
        return (
            f"{self.kills} kills in {self.jobs} jobs, {self.restores} with a checkpoint to go on from: "
            f"{self.verdict}\n"
            f"recovery, from the start of the process to its first record: p50 {p50:.2f} s, p95 {p95:.2f} s"
        )


def wait_for_moment(process: Process, chance: random.Random) -> None:
    """Until the process is to be killed, or has ended."""
    kind = chance.choice(["start", "run", "commit"])
    if kind == "start":
        until = process.started_at + chance.uniform(0, 0.8)
    elif kind == "run":
        until = process.started_at + chance.uniform(0.4, 2)
    else:
        behind, after = chance.randrange(1, 8), chance.uniform(0, 0.008)
        until = process.started_at + 5
        while process.checkpoints < behind and not process.ended() and time.monotonic() < until:
            time.sleep(0.0005)
        until = time.monotonic() + after
    while time.monotonic() < until and not process.done and not process.ended():
        time.sleep(0.0005)


def run_job(
    folder: Path, backend: list[str], chance: random.Random, kills: int, count: int, report: Report
) -> None:
    """One job until it has finished, killed at most so many times. Raises RuntimeError if it fails."""
    write_input(folder, count)
    options = [
        *backend,
        f"execution.checkpointing.interval={chance.choice([20, 60])} ms",
        f"execution.checkpointing.unaligned.enabled={chance.choice(['true', 'false'])}",
        f"execution.state-recovery.claim-mode={chance.choice(['CLAIM', 'NO_CLAIM'])}",
    ]
    killed = 0
    while True:
        process = Process(folder, options)
        if killed < kills:
            wait_for_moment(process, chance)
        else:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise RuntimeError(f"the job has not finished within {PATIENCE:.0f} s: {folder}") from None
        kill = not process.done and not process.ended()
        if kill:
            process.kill()
        code = process.wait()
        if killed > 0 and process.first_at is not None:
            report.recoveries.append(process.first_at - process.started_at)
        if process.finished():
            report.kills += kill
            break
        if not kill or code != -9:
            raise RuntimeError(f"the job has ended with {code}:\n{(folder / 'stderr').read_text()[-4000:]}")
        killed += 1
        report.kills += 1
        report.restores += any(folder.glob("checkpoints/*/chk-*/_metadata"))
    report.jobs += 1
    report.add(check(folder, count))


def run(
    kills: int, seed: int, count: int = 30_000, kills_per_job: int = 12, keep: Path | None = None
) -> Report:
    """Jobs, each left alone after some kills, until so many kills in all. Leaves the folder of a job that
    went wrong, and ends there.
    """
    report = Report()
    home = Path(tempfile.mkdtemp(prefix="chaos-", dir=keep))
    while report.kills < kills:
        chance = random.Random(f"{seed}/{report.jobs}")
        folder = home / str(report.jobs)
        at_most = min(kills_per_job, kills - report.kills)
        run_job(folder, BACKENDS[report.jobs % len(BACKENDS)], chance, at_most, count, report)
        if not report.verdict.good():
            print(f"bad, see {folder}", file=sys.stderr)
            return report
        shutil.rmtree(folder)
    home.rmdir()
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--records", type=int, default=30_000, help="of each of the two sources of a job")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    report = run(arguments.kills, arguments.seed, arguments.records)
    print(report)
    return 0 if report.verdict.good() else 1


if __name__ == "__main__":
    sys.exit(main())
