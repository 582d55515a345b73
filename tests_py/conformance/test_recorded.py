"""Jobs whose results were recorded from Apache Flink 2.3.0 give the same here."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
JOBS = sorted((HERE / "jobs").glob("*.py"))

# One test, the first, waits for all jobs; some of them sleep to let the clock go on.
pytestmark = pytest.mark.timeout(320)

_spec = importlib.util.spec_from_file_location("conf_api", HERE / "conf_api.py")
conf_api = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(conf_api)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What every job gave, all run by one process."""
    out = tmp_path_factory.mktemp("conformance") / "out.json"
    done = subprocess.run(
        [sys.executable, str(HERE / "worker.py"), str(out), *map(str, JOBS)],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text())


def test_there_are_jobs():
    assert len(JOBS) >= 70


@pytest.mark.parametrize("job", [path.stem for path in JOBS])
def test_job_gives_what_flink_gave(outcomes, job):
    outcome = outcomes[job]
    assert "error" not in outcome, outcome["error"]
    golden = json.loads((HERE / "golden" / f"{job}.json").read_text(encoding="utf-8"))
    if not conf_api.same(golden["result"], outcome["result"]):
        assert outcome["result"] == golden["result"]  # pytest shows the difference
