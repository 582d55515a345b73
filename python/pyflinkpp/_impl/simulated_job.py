"""Jobs that run in one thread as a seed decides, and whose process dies now and then."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.transformation import Transformation
from pyflinkpp.common.errors import NotBuiltError

_STEPS = 64
_SLICES = 100
#: A job that fails each time would start over for ever, by a clock that costs no time.
_MOST_RESTARTS = 100


@dataclass
class Simulation:
    """How the jobs of a block run, and what has happened to them. One thread."""

    seed: int
    #: After how many steps, of all its jobs together, the process dies.
    crash_at: list[int] = field(default_factory=list)
    #: Whether it lives on from there until another checkpoint is complete.
    after_checkpoint: bool = False
    #: One of so many steps turns the clock; the fewer, the more checkpoints. 0: as the seed says.
    turns: int = 0
    #: How long after their trigger barriers overtake, in milliseconds; None: never.
    overtake_after: int | None = None
    #: In turn, that of each process; none: as declared.
    parallelism: Sequence[int] = ()
    #: For transformations of parallelism 1, too, but for sinks, which may need all records.
    rescales_all: bool = False
    steps: int = 0
    crashes: int = 0
    restores: int = 0
    checkpoints: int = 0
    #: Why a job could not be made to crash.
    spared: str = ""
    _queues: list[_native.ResultQueue] = field(default_factory=list)

    @property
    def batch_size(self) -> int:
        """Small, so that there is something between two batches."""
        return 1 + self.seed % 3

    def result_queue(self) -> _native.ResultQueue:
        """For the job that is submitted next: unbounded, since nobody reads while it runs."""
        queue = _native.ResultQueue(batches=2**40, checkpoints=True, exactly_once=True)
        self._queues.append(queue)
        return queue

    def run(
        self,
        transformations: list[Transformation],
        spared: str,
        compile_graph: Callable[[], _native.StreamGraph],
    ) -> SimulatedRun:
        """Stands for the native job of these; `spared` says why it takes no checkpoints."""
        self.spared = spared or self.spared
        queues, self._queues = self._queues, []
        declared = [transformation.parallelism for transformation in transformations]

        def graph_of(process: int) -> _native.StreamGraph:
            if self.parallelism and not spared:
                parallelism = self.parallelism[process % len(self.parallelism)]
                for transformation, before in zip(transformations, declared, strict=True):
                    any_number = transformation.parallelism_limit is None and not transformation.is_sink
                    if before > 1 or (self.rescales_all and any_number):
                        transformation.parallelism = parallelism
            return compile_graph()

        return SimulatedRun(self, graph_of, queues, can_crash=not spared)


class SimulatedRun:
    """What `LocalJob` has for a native job. Each look at it lets it go on a little."""

    def __init__(
        self,
        simulation: Simulation,
        graph_of: Callable[[int], _native.StreamGraph],
        queues: list[_native.ResultQueue],
        can_crash: bool,
    ) -> None:
        self._simulation = simulation
        self._graph_of = graph_of
        self._queues = queues
        self._can_crash = can_crash
        self._random = random.Random(simulation.seed)
        self._clock = _native.ManualClock(1_000)
        self._shelf = _native.CheckpointShelf()
        self._process = 0
        self._job = self._begin()
        self.job_id = self._job.job_id

    def _begin(self) -> _native.SimulatedJob:
        graph = self._graph_of(self._process)
        if self._can_crash:
            graph.simulate_checkpoints(
                shelf=self._shelf,
                interval=self._random.randint(1, 2),
                max_concurrent=self._random.randint(1, 2),
                overtake_after=self._simulation.overtake_after,
            )
        seed = self._random.getrandbits(63)
        turns = self._simulation.turns or self._random.randint(2, 9)
        return _native.SimulatedJob(graph=graph, clock=self._clock, seed=seed, turns=turns)

    def start(self) -> None:
        self._job.start()

    def _go_on(self) -> bool:
        simulation = self._simulation
        steps = _STEPS
        if self._can_crash and simulation.crash_at:
            steps = min(steps, max(1, simulation.crash_at[0] - simulation.steps))
        before = self._job.steps
        complete = self._job.completed_checkpoints()
        over = self._job.run(steps)
        simulation.steps += self._job.steps - before
        if over:
            simulation.checkpoints += self._job.completed_checkpoints()
            return True
        if self._job.restarts() > _MOST_RESTARTS:
            self._job.cancel()
            raise RuntimeError(f"the job has started over {_MOST_RESTARTS} times: {self._job.failure()}")
        due = self._can_crash and simulation.crash_at and simulation.steps >= simulation.crash_at[0]
        if due and (not simulation.after_checkpoint or self._job.completed_checkpoints() > complete):
            simulation.crash_at.pop(0)
            self._crash()
        return False

    def _crash(self) -> None:
        self._simulation.checkpoints += self._job.completed_checkpoints()
        self._shelf.close()
        del self._job
        checkpoint = self._shelf.latest()
        for queue in self._queues:
            queue.recover(checkpoint)
        self._simulation.crashes += 1
        self._simulation.restores += checkpoint is not None
        self._process += 1
        self._job = self._begin()
        self._job.start()

    def wait(self, millis: int) -> bool:
        return self._job.run(0) or self._go_on()

    def status(self) -> str:
        # Far, since who looks may wait for results before looking again.
        for _ in range(_SLICES):
            if self.wait(0):
                break
        return self._job.status()

    def failure(self) -> Any:
        return self._job.failure()

    def restarts(self) -> int:
        return self._job.restarts()

    def runtime_millis(self) -> int:
        return self._job.runtime_millis()

    def trigger_savepoint(self, directory: _native.Location, purpose: str) -> str:
        raise NotBuiltError("a simulated job takes no savepoints: its checkpoints are what it goes on from")

    def look_up(self, name: str, key: Any, key_type: Any) -> tuple[str, list[Any]] | None:
        raise NotBuiltError("a simulated job is not asked for its state: it moves only when it is looked at")

    def runs_this_thread(self) -> bool:
        return False

    def completed_checkpoints(self) -> int:
        return self._job.completed_checkpoints()

    def latest_checkpoint(self) -> tuple[int, str] | None:
        return None

    def at_rest(self) -> bool:
        return self.wait(0)

    def cancel(self) -> None:
        self._job.cancel()

    def on_restart(self, listener: Callable[[int, Any], None]) -> None:
        """Nobody is told: restarts are what a simulation is for."""

    def on_checkpoint_news(self, listener: Callable[[str, int, str], None]) -> None:
        """Nor here."""

    def interrupt_functions(self, exception_type: type[BaseException], closing_too: bool) -> bool:
        return False

    def is_closing_functions(self) -> bool:
        return False

    def stop_functions(self) -> None:
        pass

    def abandon(self) -> None:
        pass

    def operator_metrics(self) -> list[dict[str, Any]]:
        return []

    def task_metrics(self) -> list[dict[str, Any]]:
        return []


_active: Simulation | None = None


def active_simulation() -> Simulation | None:
    """Under which jobs are submitted now, if any."""
    return _active


@contextmanager
def simulated(simulation: Simulation) -> Iterator[Simulation]:
    """Jobs that are submitted within the block run as the simulation says."""
    global _active
    before, _active = _active, simulation
    try:
        yield simulation
    finally:
        _active = before
