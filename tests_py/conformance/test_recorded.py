"""Jobs whose results were recorded from Apache Flink 2.3.0 give the same here."""

import pytest

from conformance.recorded import JOBS, check, each_job, outcomes

# One test, the first, waits for all jobs; some of them sleep to let the clock go on.
pytestmark = pytest.mark.timeout(320)


@pytest.fixture(scope="module", params=["hashmap", "rocksdb"])
def whole(request, tmp_path_factory):
    return outcomes(tmp_path_factory.mktemp("conformance"), backend=request.param)


def test_there_are_jobs():
    assert len(JOBS) >= 70


@each_job()
def test_job_gives_what_flink_gave(whole, job):
    check(whole[job.stem], job)
