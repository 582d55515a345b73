"""A user's job under interleavings, crashes and restores that seeds decide."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyflinkpp._impl.multisets import difference
from pyflinkpp._impl.simulated_job import Simulation, simulated
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.job_execution_result import JobExecutionResult

_SHOWN = 3


class SimulationError(AssertionError):
    """A job gave other results than it does undisturbed: its message has the seed, and how to replay it."""

    def __init__(self, seed: int, what: str) -> None:
        super().__init__(f"seed {seed}: {what}\n  replay with simulate(job, seeds=[{seed}])")
        self.seed = seed


@dataclass(frozen=True)
class Simulated:
    """What happened to a job in `simulate`, over all seeds."""

    seeds: int
    #: Processes that died.
    crashes: int
    #: Of these, how many were followed by a start from a checkpoint; the others began anew.
    restores: int
    #: That became complete.
    checkpoints: int


def simulate(
    job: Callable[[], Any],
    seeds: Iterable[int] = range(100),
    *,
    check: Callable[[Any], object] | None = None,
    crashes: int = 2,
    parallelism: Sequence[int] = (),
) -> Simulated:
    """Runs a job once undisturbed and once for each seed, and compares what it gives.

    ``job`` declares a program in an environment of its own, runs it and returns its results, mostly
    ``stream.execute_and_collect()``. Within `simulate` it runs in the calling thread by a virtual clock, with
    checkpoints, while the seed decides how its subtasks take turns, and at which moments - up to ``crashes``
    of them - its process dies: all that no checkpoint has is gone then, and the job goes on from the latest.
    With ``parallelism`` each process in turn has one of these, in transformations that are declared with more
    than 1. A job that keeps what it needs in state gives the same results, in whatever order.

    ``check`` is called with the results instead of comparing them, and raises or returns False where they are
    wrong: for results that depend on processing time, on the order of records, or that ``job`` has written
    somewhere.

    Returns what happened. Raises SimulationError for the first seed with other results, or with an error;
    ValueError where a job returns nothing, or what ``env.execute()`` gives, and there is no ``check``, where
    there are no seeds, and where no process died under any of them, so that nothing was tried; NotBuiltError
    for jobs without checkpoints: BATCH mode and ``iterate``. A job that waits for records from outside never
    comes to its end, and fails after some seconds. The same seed does the same, unless functions have threads
    of their own or ask the machine's clock.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.testing import simulate
    >>> def totals():
    ...     env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(2)
    ...     sales = env.from_collection([("a", 1), ("b", 5), ("a", 2), ("b", 6), ("a", 3)])
    ...     return sales.key_by(lambda sale: sale[0]).sum(1).execute_and_collect()
    >>> simulate(totals, seeds=range(20)).seeds
    20
    """
    if crashes < 1:
        raise ValueError(f"crashes must be at least 1, got {crashes}")
    with simulated(Simulation(seed=0)) as undisturbed:
        expected = _results(job())
    if undisturbed.spared:
        raise NotBuiltError(f"simulate needs checkpoints: {undisturbed.spared}")
    if check is None and expected is None:
        raise ValueError("the job returns nothing to compare: return results, or give simulate a check")
    if check is None and isinstance(expected, JobExecutionResult):
        raise ValueError(
            "the job returns what env.execute() gives, which says nothing of its records: return "
            "stream.execute_and_collect() or the results themselves, or give simulate a check"
        )
    run = 0
    totals: Counter[str] = Counter()
    for seed in seeds:
        run += 1
        draw = random.Random(seed)
        moments = [draw.randrange(undisturbed.steps + 1) for _ in range(draw.randint(1, crashes))]
        simulation = Simulation(
            seed=seed,
            crash_at=sorted(moments),
            after_checkpoint=draw.random() < 0.5,
            overtake_after=(None, 0, 1)[seed % 3],
            parallelism=tuple(parallelism),
        )
        try:
            with simulated(simulation):
                results = _results(job())
            if check is None:
                _compare(seed, expected, results)
            elif check(results) is False:
                raise SimulationError(seed, "the check says that the results are wrong")
        except SimulationError:
            raise
        except Exception as error:
            raise SimulationError(seed, f"{type(error).__name__}: {error}") from error
        totals.update(
            crashes=simulation.crashes, restores=simulation.restores, checkpoints=simulation.checkpoints
        )
    if run == 0:
        raise ValueError("there are no seeds, so that nothing was simulated")
    if totals["crashes"] == 0:
        raise ValueError(
            f"no process died under {run} seeds: the job, which takes {undisturbed.steps} "
            "steps, was over before it was to happen; give it more records, or try more seeds"
        )
    return Simulated(run, totals["crashes"], totals["restores"], totals["checkpoints"])


def _results(given: Any) -> Any:
    """What a job gave, read to its end."""
    if isinstance(given, Iterator):
        with_end = getattr(given, "close", lambda: None)
        try:
            return list(given)
        finally:
            with_end()
    return given


def _compare(seed: int, expected: Any, results: Any) -> None:
    lost, too_much = difference(_as_list(expected), _as_list(results))
    parts = [
        f"{what} {', '.join(map(repr, values[:_SHOWN]))}{', ...' if len(values) > _SHOWN else ''}"
        for what, values in (("lost:", lost), ("too much:", too_much))
        if values
    ]
    if parts:
        raise SimulationError(seed, "; ".join(parts))


def _as_list(results: Any) -> list[Any]:
    return list(results) if isinstance(results, (list, tuple)) else [results]
