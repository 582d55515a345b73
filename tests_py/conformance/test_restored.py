"""Recorded jobs give what Flink gave also where their process dies in the middle, and another goes on.

Behind the first checkpoint; once at the parallelism that the job has, where all comes in the same order, once
at parallelism 2 before and after, once at 2 before and 3 after, where order between subtasks is free. What
cannot be compared so is left out by rules: see `left_out`.
"""

import pytest

from conformance.recorded import JOBS, check, each_job, gives_golden, outcomes

pytestmark = pytest.mark.timeout(620)


def cannot_be_simulated(job):
    """Why not, if so."""
    text = job.read_text(encoding="utf-8")
    if "paced(" in text or "sleep(" in text:
        return "sleeps, so that its results follow the machine's clock, which is not simulated"
    if "captured(" in text:
        return "prints, and what is done again is printed again"
    return None


SIMULATED = [job for job in JOBS if not cannot_be_simulated(job)]
WAYS = {
    "as declared": (),
    "at 2": ("--parallelism", "2"),
    "at 2, then 3": ("--parallelism", "2,3"),
    "as declared, unaligned": ("--unaligned",),
    "at 2, then 3, unaligned": ("--parallelism", "2,3", "--unaligned"),
}


#: Of those in which the subtasks of undisturbed jobs take turns. Many: what depends on it seldom shows.
ORDERS = range(3, 15)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What jobs give when nothing happens to them, at other parallelisms and in many orders."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return [
        outcomes(folder, "--simulate", "--parallelism", at, "--seed", str(seed), jobs=SIMULATED, timeout=600)
        for at in ("2", "3")
        for seed in ORDERS
    ]


@pytest.fixture(
    scope="module",
    params=[(way, backend) for way in WAYS for backend in ("hashmap", "rocksdb")],
    ids=lambda param: ", ".join(param),
)
def interrupted(request, tmp_path_factory):
    way, backend = request.param
    folder = tmp_path_factory.mktemp("interrupted")
    return way, outcomes(folder, "--crash", *WAYS[way], jobs=SIMULATED, backend=backend, timeout=600)


def left_out(job, by_job, way, undisturbed):
    """Why a job cannot be compared, if so."""
    if reason := cannot_be_simulated(job):
        return reason
    if spared := by_job[job.stem]["spared"]:
        return spared
    runs = [] if way.startswith("as declared") else [each[job.stem] for each in undisturbed]
    if not all(gives_golden(run, job, any_order=True) for run in runs):
        return "its results depend on the parallelism or on the order between subtasks, whatever happens"
    return None


@each_job()
def test_job_goes_on_and_gives_what_flink_gave(interrupted, undisturbed, job):
    way, by_job = interrupted
    if reason := left_out(job, by_job, way, undisturbed):
        pytest.skip(reason)
    check(by_job[job.stem], job, any_order=not way.startswith("as declared"))
    if by_job[job.stem]["restores"] == 0:
        pytest.skip("over before its first checkpoint, or has no job")


def test_most_jobs_are_interrupted(interrupted, undisturbed):
    way, by_job = interrupted
    compared = [job for job in JOBS if not left_out(job, by_job, way, undisturbed)]
    assert sum(by_job[job.stem]["restores"] > 0 for job in compared) >= (
        50 if way.startswith("as declared") else 47
    )
