"""The recorded jobs, what Flink gave for each, and how to run them here."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
JOBS = sorted((HERE / "jobs").glob("*.py"))

_spec = importlib.util.spec_from_file_location("conf_api", HERE / "conf_api.py")
assert _spec is not None and _spec.loader is not None
conf_api = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(conf_api)


def outcomes(
    folder: Path, *how: str, jobs: Iterable[Path] = JOBS, backend: str = "hashmap", timeout: int = 300
) -> dict[str, Any]:
    """What each job gave, all run by one process; `how` goes to `worker.py`."""
    out = folder / "out.json"
    done = subprocess.run(
        [sys.executable, str(HERE / "worker.py"), *how, str(out), *map(str, jobs)],
        env={**os.environ, "PYTHONHASHSEED": "0", "CONF_EXTRA": f"state.backend.type={backend}"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def golden_of(job: Path) -> Any:
    return json.loads((HERE / "golden" / f"{job.stem}.json").read_text(encoding="utf-8"))["result"]


def gives_golden(outcome: dict[str, Any], job: Path, any_order: bool) -> bool:
    golden, result = _both(outcome, job, any_order)
    return "error" not in outcome and bool(conf_api.same(golden, result))


def check(outcome: dict[str, Any], job: Path, any_order: bool = False) -> None:
    assert "error" not in outcome, outcome["error"]
    golden, result = _both(outcome, job, any_order)
    if not conf_api.same(golden, result):
        assert result == golden  # pytest shows the difference


def each_job() -> Any:
    return pytest.mark.parametrize("job", JOBS, ids=lambda path: path.stem)


def _both(outcome: dict[str, Any], job: Path, any_order: bool) -> tuple[Any, Any]:
    golden, result = golden_of(job), outcome.get("result")
    return (_in_any_order(golden), _in_any_order(result)) if any_order else (golden, result)


def _in_any_order(value: Any) -> Any:
    """Lists as sorted ones, whatever is in them."""
    if isinstance(value, list):
        return sorted((_in_any_order(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    if isinstance(value, dict):
        return {key: _in_any_order(one) for key, one in value.items()}
    return value
