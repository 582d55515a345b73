"""What a savepoint of a job holds, read without the job."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from datastream.rescaling import KEYS, results_of
from pyflinkpp.common import Configuration
from pyflinkpp.common.errors import PyFlinkppError, StateError
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.state_processor import SavepointReader, difference


@pytest.fixture(scope="module", params=["hashmap", "rocksdb"])
def savepoint_paths(request, tmp_path_factory):
    """Two of one job, the second one later."""
    folder = str(tmp_path_factory.mktemp("savepoints"))
    configuration = Configuration()
    configuration.set_string("state.backend.type", request.param)
    configuration.set_string("execution.batch-size", "16")
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    env.set_parallelism(2)
    with results_of(env, 10**6, 2_000, holds=True).execute_and_collect() as results:
        for _ in range(200):
            next(results)
        job = results.get_job_client()
        taking = job.trigger_savepoint(folder)
        while not taking.done():
            next(results)
        for _ in range(200):
            next(results)
        stopping = job.stop_with_savepoint(False, folder)
        list(results)
        return taking.result(60), stopping.result(60)


@pytest.fixture(scope="module")
def savepoints(savepoint_paths):
    return [SavepointReader(path) for path in savepoint_paths]


def by_key(savepoint, state):
    return {row.key: row for row in savepoint.read("keyed", state)}


def test_operators_and_states_have_their_names(savepoints):
    savepoint = savepoints[0]
    operators = {operator.uid: operator for operator in savepoint.operators()}
    assert {"numbers", "keyed", "sums", "sliding", "sessions", "held", "rules"} <= set(operators)
    assert (operators["keyed"].name, operators["keyed"].parallelism) == ("KeyedProcess", 2)
    states = {state.name: (state.kind, state.schema) for state in savepoint.states("keyed")}
    assert states["count"] == ("value", "LONG")
    assert states["all"] == ("list", {"type": "LIST", "element": "LONG"})
    assert states["by digit"][0] == "map"
    assert "timers" in {kind for kind, _ in states.values()}
    assert {s.kind for s in savepoint.states("held")} == {"operator list", "union list"}
    assert [s.kind for s in savepoint.states("rules")] == ["broadcast"]


def test_keyed_state_is_one_whole(savepoints):
    for savepoint in savepoints:
        counts, numbers = by_key(savepoint, "count"), by_key(savepoint, "all")
        assert set(counts) == set(range(KEYS))
        for key, row in counts.items():
            assert row.value == len(numbers[key].value)
            assert by_key(savepoint, "sum")[key].value == sum(numbers[key].value)
            assert all(n % KEYS == key for n in numbers[key].value)
        digits = [row for row in savepoint.read("keyed", "by digit")]
        assert sum(row.value for row in digits) == sum(row.value for row in counts.values())
        assert {row.map_key for row in digits} == set(range(10))
    held = {row.value for row in savepoints[1].read("held", "held")}
    assert held and all(n % 3 == 0 for n in held)
    assert {row.map_key for row in savepoints[1].read("rules", "rules")} == set(range(10))


def test_the_difference_shows_what_the_job_did_in_between(savepoints):
    before, after = savepoints
    changes = [c for c in difference(before, after) if (c.uid, c.state) == ("keyed", "count")]
    assert {change.before.key for change in changes} == set(range(KEYS))
    for change in changes:
        assert change.after.value == by_key(after, "count")[change.before.key].value > change.before.value
    assert list(difference(after, after)) == []


def test_savepoints_are_compared_by_their_paths_too(savepoint_paths, savepoints):
    before, after = savepoint_paths
    assert list(difference(before, Path(after))) == list(difference(*savepoints))
    assert list(difference(before, savepoints[0])) == []
    with pytest.raises(PyFlinkppError, match="is no checkpoint"):
        difference(before, "/nowhere")
    with pytest.raises(TypeError, match="after is a SavepointReader or the path of a savepoint, not 5"):
        difference(before, 5)
    with pytest.raises(TypeError, match="SavepointReader takes the path of a checkpoint or savepoint"):
        SavepointReader(savepoints[0])


def test_tables(savepoints):
    rows = sorted((row.key, row.value) for row in savepoints[0].read("keyed", "count"))
    table = savepoints[0].to_arrow("keyed", "count")
    assert sorted(zip(table["key"].to_pylist(), table["value"].to_pylist(), strict=True)) == rows
    frame = savepoints[0].to_pandas("keyed", "count")
    assert sorted(zip(frame["key"], frame["value"], strict=True)) == rows


def test_what_is_not_there_is_named(savepoints, monkeypatch, tmp_path):
    with pytest.raises(StateError, match=r"no operator 'nobody'.*'keyed'"):
        savepoints[0].states("nobody")
    with pytest.raises(StateError, match=r"'KeyedProcess' is the name of an operator.*: use 'keyed'"):
        savepoints[0].read("KeyedProcess", "count")
    with pytest.raises(StateError, match=r"no state 'nothing'.*'count'"):
        savepoints[0].read("keyed", "nothing")
    with pytest.raises(PyFlinkppError, match="is no checkpoint"):
        SavepointReader(str(tmp_path))
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        savepoints[0].to_pandas("keyed", "count")
