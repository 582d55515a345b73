"""What a job tells of its restarts and checkpoints."""

from __future__ import annotations

from datastream import wide_jobs
from pyflinkpp.datastream import StreamExecutionEnvironment

COUNTS = ("numberOfInProgressCheckpoints", "numberOfCompletedCheckpoints", "numberOfFailedCheckpoints")


def of_job(client, name: str) -> dict[str, int]:
    scope = f"localhost.jobmanager.{name}."
    return {key.removeprefix(scope): value for key, value in client.metrics().items() if scope in key}


def test_of_a_job_without_any_they_are_what_flink_says():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.from_collection([1]).print()
    client = env.execute_async("plain")
    client.get_job_execution_result().result(30)
    assert of_job(client, "plain") == {
        "numRestarts": 0,
        "totalNumberOfCheckpoints": 0,
        **dict.fromkeys(COUNTS, 0),
        "lastCheckpointRestoreTimestamp": -1,
        "lastCompletedCheckpointId": -1,
        "lastCheckpointDuration": -1,
        "lastCheckpointSize": -1,
        "lastCheckpointFullSize": -1,
    }


def test_they_tell_of_restarts_checkpoints_and_savepoints(tmp_path):
    wide_jobs.Remember.restored.clear()
    env = wide_jobs.environment(str(tmp_path / "checkpoints"))
    with wide_jobs.remembering(env, wide_jobs.Remember(fails=True)).execute_and_collect() as results:
        while len(wide_jobs.Remember.restored) < 2:
            next(results)
        restored = wide_jobs.Remember.restored[-1]
        while wide_jobs.statistics(results)[-1]["id"] <= restored:
            next(results)
        client = results.get_job_client()
        savepoint = client.trigger_savepoint(str(tmp_path / "savepoints"))
        while not savepoint.done():
            next(results)
    metrics = of_job(client, client._backend.name)
    found = wide_jobs.statistics(results)
    assert metrics["numRestarts"] == 1
    assert metrics["numberOfInProgressCheckpoints"] == 0
    assert metrics["numberOfCompletedCheckpoints"] == len(found)
    assert metrics["totalNumberOfCheckpoints"] == sum(metrics[name] for name in COUNTS)
    (of_savepoint,) = (of for of in found if of["is_savepoint"])
    assert of_savepoint["checkpointed_size"] == of_savepoint["state_size"], "savepoints share nothing"
    last = found[-1]
    assert metrics["lastCompletedCheckpointId"] == last["id"]
    assert metrics["lastCheckpointDuration"] == last["end_to_end_duration"]
    assert metrics["lastCheckpointSize"] == last["checkpointed_size"]
    assert metrics["lastCheckpointFullSize"] == last["state_size"]
    (before,) = (of for of in found if of["id"] == restored)
    assert metrics["lastCheckpointRestoreTimestamp"] >= before["trigger_timestamp"]
