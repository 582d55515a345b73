"""Recorded jobs give what Flink gave also where their process dies in the middle, and another goes on."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
JOBS = sorted((HERE / "jobs").glob("*.py"))

pytestmark = pytest.mark.timeout(620)

_spec = importlib.util.spec_from_file_location("conf_api", HERE / "conf_api.py")
conf_api = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(conf_api)


def _outcomes(folder, how, jobs):
    out = folder / "out.json"
    done = subprocess.run(
        [sys.executable, str(HERE / "worker.py"), how, str(out), *map(str, jobs)],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text())


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    return _outcomes(tmp_path_factory.mktemp("crashed"), "--crash", CRASHED)


@pytest.fixture(scope="module")
def rescaled(tmp_path_factory):
    return _outcomes(tmp_path_factory.mktemp("rescaled"), "--rescale", RESCALED)


#: What crashing in the middle cannot leave as it is.
_BY_THE_CLOCK = "sleeps, so that its results follow the machine's clock, which is not simulated"
_PRINTS = "prints, which comes again for what is done again"
_REASONS = {
    "028_rebalance_broadcast_global": "results tell the parallelism",
    "044_execution_plan_shape": "runs no job",
    "052_bad_arguments": "runs no job",
    "105_types_row_named_access": "over before the first checkpoint",
    "109_types_from_collection_infers_pickled": "over before the first checkpoint",
    "323_count_trigger_on_time_window": "results tell the order in which records of several subtasks come",
    "413_state_batch_mode": "BATCH mode takes no checkpoints",
}
#: They hold as long as the parallelism stays.
_ONLY_RESCALED = ("028_rebalance_broadcast_global", "323_count_trigger_on_time_window")


def _why_not(path, rescaled):
    text = path.read_text(encoding="utf-8")
    if "paced(" in text or "sleep(" in text:
        return _BY_THE_CLOCK
    if "captured(" in text:
        return _PRINTS
    return None if path.stem in _ONLY_RESCALED and not rescaled else _REASONS.get(path.stem)


CRASHED = [path for path in JOBS if not _why_not(path, rescaled=False)]
RESCALED = [path for path in JOBS if not _why_not(path, rescaled=True)]


def _in_any_order(value):
    """Lists as sorted ones, whatever is in them."""
    if isinstance(value, list):
        return sorted((_in_any_order(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    if isinstance(value, dict):
        return {key: _in_any_order(one) for key, one in value.items()}
    return value


def _check(outcome, path, any_order):
    assert "error" not in outcome, outcome["error"]
    assert outcome["restores"] == 1
    golden = json.loads((HERE / "golden" / f"{path.stem}.json").read_text(encoding="utf-8"))["result"]
    result = outcome["result"]
    if any_order:
        golden, result = _in_any_order(golden), _in_any_order(result)
    if not conf_api.same(golden, result):
        assert result == golden  # pytest shows the difference


def test_most_jobs_are_interrupted():
    assert len(CRASHED) >= 50
    assert len(RESCALED) >= 48


@pytest.mark.parametrize("path", CRASHED, ids=lambda path: path.stem)
def test_job_goes_on_after_a_crash(crashed, path):
    _check(crashed[path.stem], path, any_order=False)


@pytest.mark.parametrize("path", RESCALED, ids=lambda path: path.stem)
def test_job_goes_on_at_another_parallelism(rescaled, path):
    _check(rescaled[path.stem], path, any_order=True)
